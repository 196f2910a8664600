import type { GraphQLResolveInfo } from 'graphql';
import { decodeGlobalId, type GlobalId } from '../domain/naming/global-id.ts';
import { builder } from './builder.ts';
import { maxPageSize } from '../reading/fields/page-arguments.ts';
import type { Context } from './context.ts';
import { findById } from './find-row.ts';

const Node = builder.nodeInterfaceRef();

/** Loads one node. Nodes of one type that are requested in the same tick share a statement. */
export async function loadNode(
  context: Context,
  info: GraphQLResolveInfo,
  { type, id }: GlobalId,
): Promise<never> {
  const row = await findById(context, info, type, id);
  return (row && { ...row, __typename: type }) as never;
}

/** Loads the node with an id of a caller; null when it is the id of nothing. */
async function findNode(context: Context, info: GraphQLResolveInfo, text: string): Promise<never> {
  const globalId = decodeGlobalId(text);
  return globalId === null ? (null as never) : loadNode(context, info, globalId);
}

builder.queryField('node', (t) =>
  t.field({
    type: Node,
    nullable: true,
    description: 'The object with that id; null when there is none, and when the text is no id at all.',
    args: { id: t.arg.id({ required: true, description: 'Opaque id of any object.' }) },
    resolve: (_root, { id }, context, info) => findNode(context, info, id),
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description:
      'The objects with those ids, in the order of the ids. Null in place of an object that does not exist, and of a text that is no id at all.',
    args: {
      ids: t.arg.idList({
        required: true,
        maxEntries: maxPageSize,
        description: 'Opaque ids of any objects.',
      }),
    },
    resolve: (_root, { ids }, context, info) => Promise.all(ids.map((id) => findNode(context, info, id))),
  }),
);
