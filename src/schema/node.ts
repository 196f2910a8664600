import type { GraphQLResolveInfo } from 'graphql';
import { decodeGlobalId, type GlobalId } from '../domain/global-id.ts';
import { builder } from './builder.ts';
import { BadRequest } from './bad-request.ts';
import { maxPageSize } from './connection.ts';
import type { Context } from './context.ts';
import { findById } from './rows.ts';

const Node = builder.nodeInterfaceRef();

/** Loads one node; loads of one type in the same request share a statement. */
export async function loadNode(
  context: Context,
  info: GraphQLResolveInfo,
  { type, id }: GlobalId,
): Promise<never> {
  const row = await findById(context, info, type, id);
  return (row && { ...row, __typename: type }) as never;
}

function parse(text: string): GlobalId {
  const globalId = decodeGlobalId(text);
  if (!globalId) throw new BadRequest(`"${text}" is not the id of anything.`, 'BAD_ID');
  return globalId;
}

builder.queryField('node', (t) =>
  t.field({
    type: Node,
    nullable: true,
    description: 'The object of that id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'Opaque id of any object.' }) },
    resolve: (_root, { id }, context, info) => loadNode(context, info, parse(id)),
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `The objects of those ids, in the order of the ids; null where there is none. At most ${maxPageSize} ids.`,
    args: { ids: t.arg.idList({ required: true, description: 'Opaque ids of any objects.' }) },
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > maxPageSize) {
        throw new BadRequest(
          `\`ids\` holds ${ids.length} ids; at most ${maxPageSize} can be asked for.`,
          'TOO_MANY',
        );
      }
      return Promise.all(ids.map((id) => loadNode(context, info, parse(id))));
    },
  }),
);
