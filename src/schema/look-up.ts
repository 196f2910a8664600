import { formerObjects, type MovedPath } from '../domain/former-path.ts';
import type { NamedTable, NameInPlace } from '../store/former-name.ts';
import type { Source } from '../store/pages.ts';
import { filters } from '../store/sources.ts';
import { builder } from './builder.ts';
import type { RowRef } from './connection.ts';
import { noteMoved } from './context.ts';
import { perRequest } from './per-request.ts';
import { findById, finds } from './rows.ts';

interface LookUpOptions {
  /** Type that the field belongs to. None for a field of `Query`. */
  parent?: RowRef;
  field: string;
  /** What it leads to; null when there is none. */
  node: RowRef;
  /** Where the children are read. */
  source: Source & { table: NamedTable };
  /** Column, and argument, that names a child. */
  by: 'name' | 'stateId';
}

/** What had names that nothing has now. */
const formerObject = perRequest<NameInPlace, { id: string; moved: MovedPath } | null>(
  (context, names) => formerObjects(context.services.store, names),
  ({ type, parentId, name }) => `${type} ${parentId ?? ''} ${name}`,
);

/** Adds a field that finds a child by its natural name, so that things are reached by their paths. */
export function addLookUp({ parent, field, node, source, by }: LookUpOptions): void {
  const named = by === 'name' ? 'name' : 'state id';
  const { table } = source;
  const build = (t: Parameters<Parameters<typeof builder.queryField>[1]>[0]) =>
    t.field({
      type: node,
      nullable: true,
      description: `The ${field} of that ${named}; null when there is none. For 30 days after it was renamed or moved its former ${named} leads to it, too, and \`extensions.movedPaths\` of the answer says so.`,
      args: {
        [by]: t.arg.string({
          required: true,
          description: by === 'name' ? `Name of the ${field}.` : "Meltano's state id.",
        }),
      },
      ...finds(
        source,
        parent ? 'id' : null,
        (args) => filters.equals(by, args[by] ?? ''),
        async (row, args, context, info) => {
          const name = (args as Record<string, string>)[by] ?? '';
          const parentId = parent ? (row?.id as string) : null;
          const former = await formerObject(context, { type: table, parentId, name });
          if (former === null) return null;
          noteMoved(context, former.moved);
          return findById(context, info, table, former.id);
        },
      ),
    });
  if (parent) builder.objectField(parent, field, build as never);
  else builder.queryField(field, build);
}
