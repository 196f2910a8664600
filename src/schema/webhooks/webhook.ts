import { filters } from '../../store/reading/filters.ts';
import { builder } from '../builder.ts';
import { addCreatedAt, addEtag, addUpdatedAt } from '../fields.ts';
import { environmentLists } from '../environments/environment.ts';
import { jobLists } from '../jobs/job.ts';
import { nameFilter, namedOrder } from '../named-lists.ts';
import { byReference } from '../naming/by-reference.ts';
import { Project } from '../projects/project.ts';
import { WebhookDisableReason, WebhookEvent, WebhookFormat } from './webhook-enums.ts';

export const Webhook = builder.prismaNode('Webhook', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the webhook is renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.readAlong(['project'], {
      type: 'String',
      description: 'Natural name: `project/webhook`. Give it wherever an argument takes an id or a path.',
      needs: ['name'],
      columns: ['name'],
      resolve: ({ name }, [project]) => [project?.name, name].join('/'),
    }),
    origin: t.exposeString('origin'),
    format: t.expose('format', { type: WebhookFormat }),
    events: t.expose('events', { type: [WebhookEvent] }),
    isFinalOnly: t.exposeBoolean('isFinalOnly'),
    isEnabled: t.exposeBoolean('isEnabled'),
    disableReason: t.expose('disableReason', { type: WebhookDisableReason, nullable: true }),
    disabledAt: t.expose('disabledAt', { type: 'DateTime', nullable: true }),
    formerSecretEndsAt: t.expose('formerSecretEndsAt', { type: 'DateTime', nullable: true }),
    failureCount: t.exposeInt('failureCount'),
    failingSince: t.expose('failingSince', { type: 'DateTime', nullable: true }),
    resumesAt: t.expose('resumesAt', { type: 'DateTime', nullable: true }),
    project: t.readOne('project', { description: 'The project that it belongs to.' }),
    environments: t.readMany('environments', {
      ...environmentLists,
      description: 'The environments whose events it is told of. Empty for all.',
    }),
    jobs: t.readMany('jobs', {
      ...jobLists,
      description: 'The jobs whose events it is told of, also those of their schedules. Empty for all.',
    }),
  }),
});

addCreatedAt(Webhook);
addUpdatedAt(Webhook);
addEtag(Webhook);

builder.prismaObjectFields(Project, (t) => ({
  webhooks: t.readMany('webhooks', {
    description: 'The addresses that are told of its events.',
    order: namedOrder('Webhook', 'When it was created.'),
    filter: nameFilter('Webhook'),
  }),
  webhook: t.readOneOf('webhooks', {
    description: 'The webhook with that name; null when there is none.',
    args: { name: t.arg.string({ required: true, description: 'Name of the webhook.' }) },
    where: ({ name }: { name: string }) => filters.equals('name', name),
  }),
}));

builder.queryField('webhook', (t) => t.readOneOf('webhooks', byReference(t, 'Webhook')));
