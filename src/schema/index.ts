import './node.ts';
import './gateway/gateway.ts';
import './gateway/storage.ts';
import './projects/project.ts';
import './projects/manifest.ts';
import './projects/retention.ts';
import './environments/environment.ts';
import './plugins/plugin.ts';
import './jobs/job.ts';
import './plugins/plugin-test.ts';
import './schedules/schedule.ts';
import './services/service.ts';
import './runs/run.ts';
import './runs/run-detail.ts';
import './runs/wait-reasons.ts';
import './runs/run-progress.ts';
import './runs/retry-policy.ts';
import './jobs/job-statistics.ts';
import './runs/run-limits.ts';
import './plugins/catalog.ts';
import './states/state.ts';
import './states/state-diff.ts';
import './states/state-export.ts';
import './errors.ts';
import './bulk/bulk-operation.ts';
import './workers/worker.ts';
import './workers/worker-mutations.ts';
import './runs/run-mutations.ts';
import './runs/test-mutations.ts';
import './states/state-mutations.ts';
import './projects/project-mutations.ts';
import './system-import/import-system-database.ts';
import './projects/manifest-mutations.ts';
import './projects/project-files.ts';
import './projects/project-variables.ts';
import './projects/project-source.ts';
import './webhooks/webhook.ts';
import './webhooks/webhook-delivery.ts';
import './webhooks/webhook-mutations.ts';
import './environments/environment-mutations.ts';
import './plugins/plugin-mutations.ts';
import './jobs/job-mutations.ts';
import './schedules/schedule-mutations.ts';
import './schedules/schedule-ticks.ts';
import './schedules/backfill-mutations.ts';
import './services/service-mutations.ts';
import './moves/move-resource.ts';
import './lifecycle/undelete.ts';
import './bulk/run-mutations.ts';
import './bulk/job-mutations.ts';
import './bulk/schedule-mutations.ts';
import './bulk/state-mutations.ts';
import './bulk/bulk-answer.ts';
import './runs/run-subscriptions.ts';
import './services/service-subscriptions.ts';
import './bulk/bulk-subscriptions.ts';
import './changes/changes.ts';
import './rules/validate.ts';
import { printSchema, type GraphQLObjectType } from 'graphql';
import { encodeGlobalId, nodeTypes } from '../domain/naming/global-id.ts';
import { needs } from '../reading/selection.ts';
import { builder } from './builder.ts';
import { addFormerNames, formerNames } from './evolution/former-names.ts';
import { rejectLater } from './reject-later.ts';

builder.queryType({
  description: [
    'Everything that can be read.',
    'After something was renamed or moved, its former path still leads to it for 30 days. This is true for each part of a path and wherever a path is taken: in queries, mutations and subscriptions. If something else has the name now, the name leads to that. If another object had the name later and was deleted, the name leads nowhere.',
    'The answer of a query or a mutation that used former paths lists them in `extensions.movedPaths`, each as `{ from, to, until }`: the path that was used, the current path, and when the former one stops working. When a query goes down field by field, `from` has the current path of the parent and the former name. A client that reads only `data` can compare `path` with what it asked for.',
  ].join('\n\n'),
});
builder.mutationType({
  description: [
    'Everything that can be changed. Each mutation takes one `input` and answers a union: the result, or a refusal (`interface UserError`). After a refusal nothing has changed. The union lists all refusals that the mutation can give.',
    'A request with a `clientRequestId` can be sent again and is done only once. This also works while the first request is in progress, and after a restart of the gateway. `validate` runs all checks of a mutation and changes nothing. With `ifMatch`, a mutation does not overwrite what others have changed since you read it.',
  ].join('\n\n'),
});
builder.subscriptionType({
  description: 'What can be followed live, over Server-Sent Events or a WebSocket.',
});

/** The GraphQL schema. */
export const schema = builder.toSchema();
schema.description = [
  'A gateway over Meltano: projects with their environments, plugins, jobs, schedules, services, runs and states.',
  'An argument with the name of a kind of object, such as `job`, and `ref` take an id or a path, such as `shop/dev/sales`; `id` and `ids` take ids only. Where a query names what is not there, it answers null. A mutation answers a union of its result and its refusals, and a refused mutation has changed nothing. Lists are Relay connections. Times are in UTC.',
  'Values of enums, types of unions and fields may be added at any time. What is to be removed is marked as deprecated one release before.',
].join('\n\n');
addFormerNames(schema, formerNames);
rejectLater(schema);

// Pothos' resolver of `id` is asynchronous. It would make a promise for each object of an answer.
for (const type of nodeTypes) {
  const { id } = (schema.getType(type) as GraphQLObjectType<{ id: string }>).getFields();
  if (!id) continue;
  id.resolve = (row) => encodeGlobalId({ type, id: row.id });
  id.extensions = { ...id.extensions, ...needs('id').extensions };
}

/** The text of the schema, as `schema.graphql` has it. */
export function schemaText(): string {
  return `${printSchema(schema)}\n`;
}
