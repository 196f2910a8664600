import type { InputRef, SchemaTypes } from '@pothos/core';
import type { Sql } from '../../lib/sql.ts';
import type { Direction, OrderColumn } from '../sources.ts';

/** The ways to order the lists of a type. */
export interface Order {
  /** The input type with which callers choose one; null when there is only one. */
  type: InputRef | null;
  orders: Orders;
  /** The order when the caller gives none. */
  byDefault: { field: string; direction: Direction };
}

/** The ways to order. */
export type Orders = Readonly<Record<string, OrderOption>>;

interface OrderOption {
  columns: readonly OrderColumn[];
  description: string;
  /** Leaves out the rows that have no place in the order, because a column of it is null. */
  where?: Sql;
}

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

/** Makes the ways to order lists of a type, see `builder.readOrder`. */
export function makeOrder(
  builder: Builder,
  name: string,
  orders: Orders,
  byDefault: Order['byDefault'],
): Order {
  const entries = Object.entries(orders);
  return { type: entries.length > 1 ? orderType(builder, name, entries) : null, orders, byDefault };
}

function orderType(builder: Builder, name: string, entries: [string, OrderOption][]): InputRef {
  const field = builder.enumType(`${name}OrderField`, {
    description: `What lists of ${name} can be ordered by.`,
    values: Object.fromEntries(entries.map(([key, { description }]) => [key, { description }])),
  });
  return builder.inputType(`${name}Order`, {
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
}
