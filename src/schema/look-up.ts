import type { Source } from '../store/pages.ts';
import { filters } from '../store/sources.ts';
import { builder } from './builder.ts';
import type { RowRef } from './connection.ts';
import { finds } from './rows.ts';

interface LookUpOptions {
  /** Type that the field belongs to. None for a field of `Query`. */
  parent?: RowRef;
  field: string;
  /** What it leads to; null when there is none. */
  node: RowRef;
  /** Where the children are read. */
  source: Source;
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
      ...finds(source, parent ? 'id' : null, (args) => filters.equals(by, args[by] ?? '')),
    });
  if (parent) builder.objectField(parent, field, build as never);
  else builder.queryField(field, build);
}
