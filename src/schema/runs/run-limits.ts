import { labelLength } from '../../domain/naming/labels.ts';
import { highestLimit, setRunLimit } from '../../domain/runs/set-run-limit.ts';
import { InvalidInput, NotFound } from '../../errors.ts';
import type { RunLimit as RunLimitRow } from '../../store/index.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { RunLimitScope } from '../enums.ts';
import { idOrPath } from '../naming/references.ts';
import { addUpdatedAt } from '../fields.ts';
import { addResult, inputFields } from '../verb.ts';

const RunLimit = builder.prismaObject('RunLimit', {
  fields: (t) => ({
    key: t.exposeString('key'),
    scope: t.expose('scope', { type: RunLimitScope }),
    label: t.exposeString('label', { nullable: true }),
    maxRuns: t.exposeInt('maxRuns'),
    project: t.readOne('project', { description: 'The project that it is for. Null for any other limit.' }),
    environment: t.readOne('environment', {
      description: 'The environment that it is for. Null for any other limit.',
    }),
    job: t.readOne('job', { description: 'The job that it is for. Null for any other limit.' }),
  }),
});

addUpdatedAt(RunLimit);

builder.queryFields((t) => ({
  runLimits: t.readMany('runLimits', {
    description: 'The limits of how many runs are executed at the same time, ordered by their keys.',
    order: builder.readOrder(
      'RunLimit',
      { KEY: { columns: orders.key, description: 'The key.' } },
      { field: 'KEY', direction: 'ASC' },
    ),
  }),
}));

const Success = builder.objectRef<{ limit: RunLimitRow | null }>('SetRunLimitSuccess').implement({
  description: 'What `setRunLimit` answers when it succeeds.',
  fields: (t) => ({
    limit: t.field({
      type: RunLimit,
      nullable: true,
      description: 'The limit as it is now. Null when it was removed.',
      resolve: ({ limit }) => limit as never,
    }),
  }),
});

addResult({
  name: 'setRunLimit',
  description:
    'Sets how many runs of a project, an environment or a job, or of those that ask for a label, are executed at the same time, by all workers together. It takes effect at once: what is executed goes on, and further runs wait until fewer are. Services do not count. A run starts when each of its limits allows it.',
  input: inputFields((t) => ({
    project: t.id({ description: `${idOrPath('Project')} Exactly one of the four is given.` }),
    environment: t.id({ description: idOrPath('Environment') }),
    job: t.id({ description: idOrPath('Job') }),
    label: t.string({ maxLength: labelLength, description: 'A label that runs ask for.' }),
    maxRuns: t.int({
      description: `The highest number of runs at the same time, 0 to ${highestLimit.toLocaleString('en')}. 0 lets none start. Null removes the limit.`,
    }),
  })),
  refusals: [NotFound, InvalidInput],
  type: Success,
  resolve: async (gateway, input) => ({ limit: await setRunLimit(gateway, input) }),
});
