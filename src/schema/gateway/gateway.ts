import { maxItems } from '../../domain/bulk/bulk-operation.ts';
import { formerPathMs } from '../../domain/naming/former-path.ts';
import type { About } from '../../domain/about.ts';
import { countLimit, defaultPageSize, maxPageSize } from '../../reading/fields/page-arguments.ts';
import { builder } from '../builder.ts';

const day = 24 * 3600 * 1000;

const DatabaseKind = builder.enumType('DatabaseKind', {
  description: 'Where a gateway keeps its data.',
  values: {
    EMBEDDED: { description: 'In the directory of this gateway, which is then the only one.' },
    SERVER: { description: 'On a PostgreSQL server, which other gateways may share.' },
  } as const,
});

const GatewayLimits = builder.objectRef<About['limits']>('GatewayLimits').implement({
  description:
    'What one request may ask for. Beyond a limit, the answer is an error whose message names the limit. The maximum of each argument is in its description.',
  fields: (t) => ({
    defaultPageSize: t.int({
      description: 'Number of rows of a page without `first` and `last`.',
      resolve: () => defaultPageSize,
    }),
    maxPageSize: t.int({
      description: 'The highest `first` and `last`.',
      resolve: () => maxPageSize,
    }),
    maxTotalCount: t.int({
      description: 'The highest `totalCount`. A longer list has none.',
      resolve: () => countLimit,
    }),
    maxBulkItems: t.int({
      description: 'The highest number of objects of a bulk operation.',
      resolve: () => maxItems,
    }),
    maxNodes: t.exposeInt('nodes', {
      description:
        'The highest number of objects that the answer of a document could have, as far as its page sizes tell.',
    }),
    maxDepth: t.exposeInt('depth', { description: 'The highest number of fields within each other.' }),
    maxAliases: t.exposeInt('aliases', { description: 'The highest number of aliases in a document.' }),
    maxSpreads: t.exposeInt('spreads', {
      description: 'The highest number of fragments that a document uses, each as often as it is used.',
    }),
    maxTokens: t.exposeInt('tokens', {
      description: 'The highest number of words and signs in a document.',
    }),
    maxRequestBytes: t.exposeInt('bodyBytes', { description: 'The highest number of bytes of a request.' }),
    maxAnswerBytes: t.float({
      description: 'The highest number of bytes of an answer.',
      resolve: ({ answerBytes }) => answerBytes,
    }),
    maxSubscriptions: t.exposeInt('subscriptions', {
      description: 'The highest number of subscriptions that are open at the same time in one process.',
    }),
    maxSubscriptionsPerClient: t.exposeInt('subscriptionsPerClient', {
      description: 'The highest number of subscriptions that one address has open at the same time.',
    }),
  }),
});

const Gateway = builder.objectRef<About>('Gateway').implement({
  description: 'The program that answers, and what clients need to know of it.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Its version, such as `1.2.3`.' }),
    meltanoVersion: t.string({
      nullable: true,
      description: 'The version of Meltano that runs use. Null when Meltano was not found.',
      resolve: ({ meltanoVersion }) => meltanoVersion(),
    }),
    databaseKind: t.expose('database', { type: DatabaseKind, description: 'Where it keeps its data.' }),
    slots: t.exposeInt('slots', {
      description:
        'How many runs it executes at the same time. 0 when it executes none; another gateway may then do so.',
    }),
    serviceSlots: t.exposeInt('serviceSlots', {
      description: 'How many services it keeps running at the same time.',
    }),
    isTokenRequired: t.exposeBoolean('isTokenRequired', {
      description: 'Whether each request must bring a token in the header `Authorization`.',
    }),
    deletedRetentionDays: t.float({
      description: 'How many days a deleted object can be brought back.',
      resolve: (_about, _args, { gateway }) => gateway.deletedRetentionMs / day,
    }),
    formerPathDays: t.int({
      description: 'How many days a former path leads on after a rename or a move.',
      resolve: () => formerPathMs / day,
    }),
    limits: t.field({
      type: GatewayLimits,
      description: 'What one request may ask for.',
      resolve: ({ limits }) => limits,
    }),
  }),
});

builder.queryField('gateway', (t) =>
  t.field({
    type: Gateway,
    description: 'The gateway that answers this request.',
    resolve: (_root, _args, { gateway }) => gateway.about,
  }),
);
