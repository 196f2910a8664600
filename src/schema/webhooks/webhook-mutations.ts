import { createWebhook } from '../../domain/webhooks/create-webhook.ts';
import { deleteWebhook } from '../../domain/webhooks/delete-webhook.ts';
import { retryDelivery } from '../../domain/webhooks/retry-delivery.ts';
import { sendTest, testWebhook } from '../../domain/webhooks/test-webhook.ts';
import { secretLimits, updateWebhook } from '../../domain/webhooks/update-webhook.ts';
import { webhookLimits } from '../../domain/webhooks/webhook-fields.ts';
import { mutationTarget, type MutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { nameLimit } from '../fields.ts';
import { shown } from '../maxima/maxima.ts';
import { idOrPath, idsOrPaths } from '../naming/references.ts';
import { Project } from '../projects/project.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { WebhookDelivery } from './webhook-delivery.ts';
import { Webhook } from './webhook.ts';
import { WebhookEvent, WebhookFormat } from './webhook-enums.ts';

const success = { field: 'webhook', node: Webhook, table: 'Webhook' } as const;

const nameDescription =
  'Name, unique in the project: not empty, without `/`, `:` and blanks; the first character is not `-`.';

const urlField = {
  maxLength: webhookLimits.url,
  checkedBy: 'VERB',
  description:
    'The address: https:// or http://. It is encrypted, and of it only scheme, host and port are shown again, because the rest may be a secret. Addresses that are not public are refused, unless the gateway was started with `--webhook-addresses`.',
} as const;

const optionalFields = (t: InputFields) => ({
  secret: t.string({
    maxLength: 200,
    checkedBy: 'VERB',
    description:
      'What requests are signed by: `whsec_` and base64 of 24 to 64 random bytes. It is encrypted and never shown again. The format STANDARD needs one.',
  }),
  format: t.field({
    type: WebhookFormat,
    description: 'What requests look like. STANDARD for a new webhook.',
  }),
  environments: t.idList({
    maxEntries: webhookLimits.named,
    description: `${idsOrPaths('Environment', 'environments of the project, to be told of their events alone')} Empty for all.`,
  }),
  jobs: t.idList({
    maxEntries: webhookLimits.named,
    description: `${idsOrPaths('Job', 'jobs of the project, to be told of their events alone')} Empty for all.`,
  }),
  isFinalOnly: t.boolean({
    description:
      'Whether it is told of the end of a run only when no policy retries that run. False for a new webhook.',
  }),
  isEnabled: t.boolean({
    description:
      'Whether it is told of events. True for a new webhook. What waits for a webhook that is disabled is given up.',
  }),
});

const webhook = (t: InputFields) => ({
  webhook: t.id({ required: true, description: idOrPath('Webhook') }),
});

const target = (db: Statements, input: { webhook: string }): Promise<MutationTarget> =>
  mutationTarget(db, 'Webhook', input.webhook, ['input', 'webhook']);

addVerb({
  name: 'createWebhook',
  description: [
    `Adds a webhook to a project: an address that is told of events by a POST of JSON. A project has at most ${webhookLimits.perProject}.`,
    'An event is written down together with what happened, and is sent until the receiver answers with a status from 200 to 299 within 10 seconds: for about a day, at growing intervals. A receiver may get a request twice, with the same `webhook-id`. Redirects are not followed.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    name: t.string({ required: true, ...nameLimit, description: nameDescription }),
    url: t.string({ required: true, ...urlField }),
    events: t.field({ type: [WebhookEvent], required: true, description: 'The events that it is told of.' }),
    ...optionalFields(t),
  })),
  success: { ...success, description: 'The new webhook.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createWebhook,
});

addUpdate({
  name: 'updateWebhook',
  description:
    'Changes the given fields of a webhook. They hold from the next event and the next request on. One that was disabled since it failed begins anew when it is enabled.',
  input: inputFields((t) => ({
    ...webhook(t),
    name: t.string({ ...nameLimit, description: nameDescription }),
    url: t.string(urlField),
    events: t.field({ type: [WebhookEvent], description: 'The events that it is told of.' }),
    ...optionalFields(t),
    keepSecretSeconds: t.int({
      description: `For how long requests are also signed by the former secret when \`secret\` is given, so that the receiver can change it meanwhile: 0 to ${shown(secretLimits.most)}. A day when absent.`,
    }),
  })),
  success: { ...success, description: 'The webhook as it is now.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  target,
  verb: updateWebhook,
});

addVerb({
  name: 'deleteWebhook',
  description: 'Deletes a webhook for good, with its deliveries. Those that wait are not sent any more.',
  input: inputFields(webhook),
  success: {
    field: 'project',
    node: Project,
    table: 'Project',
    description: 'The project that it belonged to.',
  },
  refusals: [NotFound, InvalidInput],
  target,
  verb: deleteWebhook,
});

const delivery = { field: 'delivery', node: WebhookDelivery, table: 'WebhookDelivery' } as const;

addVerb({
  name: 'testWebhook',
  description:
    'Sends a test to a webhook at once, and answers what came of it. It is sent once, and does not count among the requests that failed. Refused as a `Conflict` for a webhook that is disabled.',
  input: inputFields(webhook),
  success: {
    ...delivery,
    description:
      'The delivery, DELIVERED or FAILED. PENDING when its outcome could not be recorded: it is then sent again.',
  },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: testWebhook,
  afterwards: (gateway, id) => sendTest(gateway, id as string),
});

addVerb({
  name: 'retryDelivery',
  description:
    'Has a delivery of a webhook sent again soon, whatever came of it before: the same event with the same `webhook-id`. Refused as a `Conflict` for a webhook that is disabled.',
  input: inputFields((t) => ({
    id: t.id({ required: true, description: 'Id of the delivery.' }),
  })),
  success: { ...delivery, description: 'The delivery, PENDING.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: retryDelivery,
});
