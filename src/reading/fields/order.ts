import type { InputRef, SchemaTypes } from '@pothos/core';
import type { Direction, OrderColumn } from '../sources.ts';

/** The ways to order the lists of a type. */
export interface Order {
  /** The input type with which callers choose one. */
  type: InputRef;
  columns: Readonly<Record<string, readonly OrderColumn[]>>;
  /** The order when the caller gives none. */
  byDefault: { field: string; direction: Direction };
}

/** The ways to order: their columns and descriptions. */
export type Orders = Readonly<Record<string, { columns: readonly OrderColumn[]; description: string }>>;

type Builder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>;

const directions = new WeakMap<Builder, InputRef<Direction>>();

function directionType(builder: Builder): InputRef<Direction> {
  const known = directions.get(builder);
  if (known) return known;
  const type = builder.enumType('OrderDirection', {
    description: 'The direction of an order.',
    values: {
      ASC: { description: 'Ascending: the smallest, the oldest or A comes first.' },
      DESC: { description: 'Descending: the largest, the newest or Z comes first.' },
    } as const,
  });
  directions.set(builder, type);
  return type;
}

/** Makes the input type with which callers order lists of a type, see `builder.readOrder`. */
export function makeOrder(
  builder: Builder,
  name: string,
  orders: Orders,
  byDefault: Order['byDefault'],
): Order {
  const entries = Object.entries(orders);
  const field = builder.enumType(`${name}OrderField`, {
    description: `What lists of ${name} can be ordered by.`,
    values: Object.fromEntries(entries.map(([key, { description }]) => [key, { description }])),
  });
  const type = builder.inputType(`${name}Order`, {
    description: `How to order a list of ${name}. Equal rows are ordered by their time of creation.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'What to order by.' }),
      direction: t.field({
        type: directionType(builder),
        required: true,
        description: 'The direction.',
      }),
    }),
  });
  return {
    type,
    columns: Object.fromEntries(entries.map(([key, { columns }]) => [key, columns])),
    byDefault,
  };
}
