import type { FieldRef, InputFieldMap, SchemaTypes } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { Connection, connectionType, rowType } from './connection.ts';
import type { ReadingContext } from '../context.ts';
import { BadRequest } from './bad-request.ts';
import type {
  Described,
  ListFilter,
  ReadAllOptions,
  ReadAlongOptions,
  ReadManyOptions,
  ReadOneOfOptions,
  Within,
} from './global-types.ts';
import type { Order } from './order.ts';
import { readPage, readsSingle, singleRow, whenRead, type FieldReading } from '../look-ahead.ts';
import {
  defaultPageSize,
  maxPageSize,
  pageBounds,
  pageExtent,
  type ListArguments,
} from './page-arguments.ts';
import type { Page, Reading } from '../pages.ts';
import { pageBelow, type Row } from '../rows.ts';
import type { Relation } from '../sources.ts';

/** The `t` on which a method is called: that of a type of rows, or that of `Query`, which has no model. */
type Fields = PothosSchemaTypes.QueryFieldBuilder<SchemaTypes, unknown> & { model?: string };

type Resolve = (row: Row | undefined, args: object, context: object, info: GraphQLResolveInfo) => unknown;

function relationOf({ builder, model }: Fields, name: string): Relation {
  return builder.options.reading.relation(model ?? 'Query', name);
}

/** A resolver that reads the field's page and makes the field's value from it. */
function resolver(
  reading: FieldReading,
  then: (page: Page, ...asked: Parameters<Resolve>) => unknown,
): Resolve {
  return (row, args, context, info) =>
    whenRead(readPage(context as ReadingContext, info, reading, args, row ?? null), (page) =>
      then(page, row, args, context, info),
    );
}

export function readOne(this: Fields, name: string, { description }: Described): FieldRef<SchemaTypes> {
  const relation = relationOf(this, name);
  const { source, nullable } = relation;
  const by = relation.by ?? '';
  const reading = readsSingle(relation);
  const read = resolver(reading, ({ rows: [found] }, row) => {
    if (found) return found;
    // The other table has the key, so nothing says whether there is a row.
    if (nullable && by === 'id') return null;
    throw new Error(`${source.table.name} ${String(row?.[by])} is missing although something refers to it.`);
  });
  return this.field({
    type: rowType(this.builder, source.table.name),
    nullable,
    description,
    extensions: { reading },
    resolve: ((row, args, context, info) =>
      row?.[by] === null ? null : read(row, args, context, info)) as Resolve as never,
  });
}

export function readMany<Filter>(
  this: Fields,
  name: string,
  { description, order, filter, within = {} }: ReadManyOptions<SchemaTypes, Filter>,
): FieldRef<SchemaTypes> {
  const relation = relationOf(this, name);
  const isAtRoot = relation.by === null;
  const reading: FieldReading = {
    relation,
    paths: [['nodes'], ['edges', 'node']],
    shape: (args: ListArguments, selection) => {
      const given = (args.filter ?? {}) as Partial<Filter>;
      const { field, direction } = args.orderBy ?? filter?.order?.(given) ?? order.byDefault;
      const { columns = [], where } = order.orders[field] ?? {};
      const conditions = filter?.conditions(given, field);
      const bounds = pageBounds(args, columns);
      return {
        order: columns,
        direction,
        where: [...(where ? [where] : []), ...(conditions?.where ?? [])],
        withDeleted: args.showDeleted === true,
        choice: conditions?.choice ?? null,
        search: conditions?.search ?? null,
        ...bounds,
        ...pageExtent(bounds, selection),
      };
    },
  };
  const resolve = resolver(reading, (page) => new Connection(page));
  const canNarrow = Object.keys(within).length > 0;
  return this.field({
    type: connectionType(this.builder, relation.source.table.name),
    // What goes wrong with one list of a query must not take the others with it.
    nullable: isAtRoot,
    description: canNarrow ? `${description} Null when that object does not exist.` : description,
    args: {
      ...pageArguments(this, order),
      ...choosingArguments(this, relation, filter),
      ...withinArguments(this, within),
    },
    extensions: { reading },
    resolve: (canNarrow ? narrowed(this, name, reading, within, resolve) : resolve) as never,
  });
}

/** A resolver that reads the list of the object to which the arguments narrow it; without one, of the whole. */
function narrowed(
  { builder }: Fields,
  name: string,
  reading: FieldReading,
  within: Readonly<Record<string, Within<SchemaTypes>>>,
  whole: Resolve,
): Resolve {
  const resolvers = new Map(
    Object.entries(within).map(([argument, { type, find }]) => {
      const relation = builder.options.reading.relation(type, name);
      return [
        argument,
        { find, resolve: resolver({ ...reading, relation }, (page) => new Connection(page)) },
      ];
    }),
  );
  return async (row, args, context, info) => {
    const given = Object.entries(args).filter(
      ([argument, value]) => resolvers.has(argument) && value != null,
    );
    const [first, second] = given;
    if (!first) return whole(row, args, context, info);
    if (second) throw new BadRequest(`Give \`${first[0]}\` or \`${second[0]}\`, not both.`, 'BAD_ARGUMENTS');
    const { find, resolve } = resolvers.get(first[0]) as {
      find: Within<SchemaTypes>['find'];
      resolve: Resolve;
    };
    const id = await find(context, first[1] as string);
    return id === null ? null : resolve({ id }, args, context, info);
  };
}

function pageArguments({ arg }: Fields, { type, byDefault }: Order): InputFieldMap {
  return {
    first: arg.int({
      description: `Take this many rows from the start, at most ${maxPageSize}. Without \`first\` and \`last\` the page has ${defaultPageSize} rows.`,
    }),
    after: arg.string({ description: 'Take rows after this cursor. An empty text is none.' }),
    last: arg.int({ description: `Take this many rows from the end, at most ${maxPageSize}.` }),
    before: arg.string({ description: 'Take rows before this cursor. An empty text is none.' }),
    ...(type
      ? {
          orderBy: arg({
            type,
            description: `The order. When absent: ${byDefault.field} ${byDefault.direction}.`,
          }),
        }
      : {}),
  };
}

function choosingArguments<Filter>(
  { arg }: Fields,
  { source }: Relation,
  filter: ListFilter<Filter> | undefined,
): InputFieldMap {
  const showDeleted = arg.boolean({
    description: 'Also list deleted objects that `undelete` can still bring back. False when absent.',
  });
  return {
    ...(source.withDeleted ? { showDeleted } : {}),
    ...(filter
      ? { filter: arg({ type: filter.type, description: 'Which rows to list. All rows when absent.' }) }
      : {}),
  };
}

function withinArguments(
  { arg }: Fields,
  within: Readonly<Record<string, Within<SchemaTypes>>>,
): InputFieldMap {
  return Object.fromEntries(
    Object.entries(within).map(([name, { description }]) => [name, arg.id({ description })]),
  );
}

export function readOneOf<Args extends InputFieldMap>(
  this: Fields,
  name: string,
  { description, args, where, order = {}, otherwise }: ReadOneOfOptions<SchemaTypes, Args>,
): FieldRef<SchemaTypes> {
  const relation = relationOf(this, name);
  const { by, source } = relation;
  const reading: FieldReading = {
    relation,
    paths: [[]],
    shape: (given) => ({ ...singleRow, ...order, where: [where(given)] }),
  };
  return this.field({
    type: rowType(this.builder, source.table.name),
    nullable: true,
    description,
    args,
    extensions: { reading },
    resolve: resolver(reading, ({ rows: [found] }, row, given, context, info) => {
      if (found) return found;
      const parentId = by === null ? null : (row?.[by] as string);
      return otherwise?.(parentId, given as never, context, info) ?? null;
    }) as never,
  });
}

export function readExists(this: Fields, name: string, { description }: Described): FieldRef<SchemaTypes> {
  const relation = relationOf(this, name);
  const reading: FieldReading = {
    relation,
    paths: [],
    shape: () => ({ ...singleRow, columns: ['id'] }),
  };
  return this.field({
    type: 'Boolean',
    nullable: false,
    description,
    extensions: { reading },
    resolve: resolver(reading, ({ rows }) => rows.length > 0) as never,
  });
}

export function readAll<Item>(
  this: Fields,
  name: string,
  { type, row, description, columns, order, limit, resolve }: ReadAllOptions<Item>,
): FieldRef<SchemaTypes> {
  const reading: FieldReading = {
    relation: relationOf(this, name),
    paths: [[row]],
    columns,
    shape: () => ({ ...singleRow, order, limit }),
  };
  return this.field({
    type: [type] as never,
    nullable: false,
    description,
    extensions: { reading },
    resolve: resolver(reading, ({ rows }) => resolve(rows)) as never,
  });
}

export function readAlong(
  this: Fields,
  way: readonly string[],
  { type, description, needs, columns, resolve }: ReadAlongOptions,
): FieldRef<SchemaTypes> {
  const { reading, tokens } = alongReading(this, way, columns);
  const rowsOnTheWay = (page: Page): Row[] => {
    const rows = [page.rows[0] ?? {}];
    for (const token of tokens) rows.push(pageBelow(rows.at(-1) ?? {}, token)?.rows[0] ?? {});
    return rows;
  };
  return this.field({
    type,
    nullable: false,
    description,
    extensions: { reading, columns: needs },
    resolve: resolver(reading, (page, row) => resolve(row ?? {}, rowsOnTheWay(page))) as never,
  });
}

/** Reads the first row of a way with all that follow below it, each under a token of its own. */
function alongReading(
  fields: Fields,
  way: readonly string[],
  columns: readonly string[],
): { reading: FieldReading; tokens: object[] } {
  const relations: Relation[] = [];
  for (const name of way) {
    const last = relations.at(-1);
    relations.push(
      last ? fields.builder.options.reading.relation(last.source.table.name, name) : relationOf(fields, name),
    );
  }
  const [relation, ...further] = relations as [Relation, ...Relation[]];
  const tokens = further.map(() => ({}));
  const below = further.reduceRight<Reading[]>(
    (readings, { source, by }, i) => [
      {
        token: tokens[i] as object,
        source,
        by: by ?? '',
        shape: { ...singleRow, columns, below: readings },
      },
    ],
    [],
  );
  return { reading: { relation, paths: [], shape: () => ({ ...singleRow, columns, below }) }, tokens };
}
