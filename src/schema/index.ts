import './node.ts';
import './project.ts';
import './manifest.ts';
import './environment.ts';
import './plugin.ts';
import './job.ts';
import './plugin-test.ts';
import './schedule.ts';
import './service.ts';
import './run.ts';
import './run-detail.ts';
import './catalog.ts';
import './state.ts';
import './state-diff.ts';
import './state-export.ts';
import './errors.ts';
import './bulk-operation.ts';
import './mutations/index.ts';
import './subscription.ts';
import type { GraphQLObjectType } from 'graphql';
import { encodeGlobalId, nodeTypes } from '../domain/global-id.ts';
import { builder } from './builder.ts';

builder.queryType({ description: 'Everything that can be read.' });
builder.mutationType({
  description:
    'Everything that can be changed. Each mutation takes one `input` and answers a union: what it made, or a refusal (`interface Error`), after which nothing has changed.',
});
builder.subscriptionType({ description: 'What can be followed live, over Server-Sent Events.' });

/** The GraphQL schema. */
export const schema = builder.toSchema();

// Pothos' resolver of `id` is asynchronous, which makes a promise for each object of an answer.
for (const type of nodeTypes) {
  const { id } = (schema.getType(type) as GraphQLObjectType<{ id: string }>).getFields();
  if (id) id.resolve = (row) => encodeGlobalId({ type, id: row.id });
}
