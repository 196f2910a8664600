import { keptDays } from '../../domain/webhooks/forget-deliveries.ts';
import type { Conditions } from '../../reading/sources.ts';
import { needs } from '../../reading/selection.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { addCreatedAt } from '../fields.ts';
import { Webhook } from './webhook.ts';
import { WebhookDeliveryStatus, WebhookEvent } from './webhook-enums.ts';

export const WebhookDelivery = builder.prismaNode('WebhookDelivery', {
  id: {
    field: 'id',
    description:
      'Opaque id. Its requests have it as `webhook-id`, so that a receiver knows one that comes twice.',
  },
  fields: (t) => ({
    event: t.expose('event', { type: WebhookEvent }),
    payload: t.expose('payload', { type: 'JSON' }),
    status: t.expose('status', { type: WebhookDeliveryStatus }),
    attempts: t.exposeInt('attempts'),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    lastAttemptAt: t.expose('lastAttemptAt', { type: 'DateTime', nullable: true }),
    statusCode: t.exposeInt('statusCode', { nullable: true }),
    durationSeconds: t.float({
      nullable: true,
      description: 'Time until the last request was answered or given up. Null before the first.',
      ...needs('durationMs'),
      resolve: ({ durationMs }) => (durationMs === null ? null : durationMs / 1000),
    }),
    response: t.exposeString('response', { nullable: true }),
    error: t.exposeString('error', { nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    webhook: t.readOneOf('webhook', {
      description: 'The webhook. Null when it was deleted.',
      args: {},
      where: () => filters.everything,
    }),
  }),
});

addCreatedAt(WebhookDelivery);

const WebhookDeliveryFilter = builder.inputType('WebhookDeliveryFilter', {
  description: 'Which deliveries of a webhook to list.',
  fields: (t) => ({
    statuses: t.field({ type: [WebhookDeliveryStatus], description: 'Deliveries in any of these statuses.' }),
  }),
});

builder.prismaObjectField(Webhook, 'deliveries', (t) =>
  t.readMany('deliveries', {
    description: `What it was told and is to be told, the newest event first. A delivery is kept for ${keptDays} days after its end.`,
    order: builder.readOrder(
      'WebhookDelivery',
      { CREATED_AT: { columns: orders.created, description: 'When the event was.' } },
      { field: 'CREATED_AT', direction: 'DESC' },
    ),
    filter: {
      type: WebhookDeliveryFilter,
      conditions: ({ statuses }): Conditions =>
        statuses ? { choice: filters.statuses('WebhookDeliveryStatus', statuses) } : {},
    },
  }),
);
