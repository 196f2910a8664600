import type { GraphQLResolveInfo } from 'graphql';
import { formerObjects, type MovedPath } from '../domain/naming/former-path.ts';
import { decodeGlobalId, type NodeType } from '../domain/naming/global-id.ts';
import type { NamedTable, ScopedName } from '../store/naming/former-names.ts';
import { filters } from '../store/reading/filters.ts';
import type { BuilderTypes } from './builder.ts';
import { noteMoved, type Context } from './context.ts';
import { findById } from './find-row.ts';
import { perRequest } from './per-request.ts';

/** Finds the objects that once had names that no object has now. */
const formerObject = perRequest<ScopedName, { id: string; moved: MovedPath } | null>(
  (context, names) => formerObjects(context.store, names),
  ({ type, parentId, name }) => `${type} ${parentId ?? ''} ${name}`,
);

/** The builder of fields that can have arguments. */
interface Fields {
  arg: PothosSchemaTypes.QueryFieldBuilder<BuilderTypes, unknown>['arg'];
}

/**
 * Options of `t.readOneOf` that find a row by its natural name. With these fields a client can follow a path.
 */
export function byName(t: Fields, type: Exclude<NamedTable, 'Plugin'>) {
  const what = type.toLowerCase();
  return {
    description: describe(what, 'name'),
    args: { name: t.arg.string({ required: true, description: `Name of the ${what}.` }) },
    where: ({ name }: { name: string }) => filters.equals('name', name),
    otherwise: (
      parentId: string | null,
      { name }: { name: string },
      context: Context,
      info: GraphQLResolveInfo,
    ) => findFormer(context, info, { type, parentId, name }),
  };
}

/** Like `byName`, for a state. */
export function byStateId(t: Fields) {
  return {
    description: describe('state', 'state id'),
    args: { stateId: t.arg.string({ required: true, description: "Meltano's state id." }) },
    where: ({ stateId }: { stateId: string }) => filters.equals('stateId', stateId),
    otherwise: (
      parentId: string | null,
      { stateId }: { stateId: string },
      context: Context,
      info: GraphQLResolveInfo,
    ) => findFormer(context, info, { type: 'State', parentId, name: stateId }),
  };
}

/** Options that find a row by its opaque id below another row. @param what how descriptions call it */
export function byGlobalId(t: Fields, type: NodeType, what: string) {
  return {
    args: { id: t.arg.id({ required: true, description: `Id of the ${what}.` }) },
    where: ({ id }: { id: string }) => {
      const decoded = decodeGlobalId(id);
      return decoded?.type === type ? filters.equals('id', decoded.id) : filters.nothing;
    },
  };
}

function describe(what: string, named: string): string {
  return `The ${what} with that ${named}; null when there is none. After a rename or a move, the former ${named} works for 30 more days; \`extensions.movedPaths\` of the answer then lists it.`;
}

/** Finds the object that had a name before, when none has it now; null when there is none. */
export async function findFormer(
  context: Context,
  info: GraphQLResolveInfo,
  name: ScopedName,
): Promise<object | null> {
  const former = await formerObject(context, name);
  if (former === null) return null;
  noteMoved(context, former.moved);
  return findById(context, info, name.type, former.id);
}
