import { builder } from './builder.ts';
import type { RowRef } from './connection.ts';
import { rowByName } from './rows.ts';

interface LookUpOptions {
  /** Type that the field belongs to. None for a field of `Query`. */
  parent?: RowRef;
  field: string;
  /** What it leads to; null when there is none. */
  node: RowRef;
  /** Where the children are read. */
  source: Parameters<typeof rowByName>[2];
  /** Column, and argument, that names a child. */
  by: 'name' | 'stateId';
}

/** Adds a field that finds a child by its natural name, so that things are reached by their paths. */
export function addLookUp({ parent, field, node, source, by }: LookUpOptions): void {
  const named = by === 'name' ? 'name' : 'state id';
  const build = (t: Parameters<Parameters<typeof builder.queryField>[1]>[0]) =>
    t.field({
      type: node,
      nullable: true,
      description: `The ${field} of that ${named}; null when there is none.`,
      args: {
        [by]: t.arg.string({
          required: true,
          description: by === 'name' ? `Name of the ${field}.` : "Meltano's state id.",
        }),
      },
      resolve: (row: unknown, args, context, info) => {
        const { id } = (row ?? {}) as { id?: string };
        return rowByName(context, info, source, parent ? (id ?? null) : null, by, String(args[by]));
      },
    });
  if (parent) builder.objectField(parent, field, build as never);
  else builder.queryField(field, build);
}
