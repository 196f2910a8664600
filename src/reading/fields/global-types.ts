import type {
  FieldKind,
  FieldRef,
  InputFieldMap,
  InputRef,
  InputShapeFromFields,
  ObjectRef,
  SchemaTypes,
  TypeParam,
} from '@pothos/core';
import type { PrismaModelTypes, prismaModelName } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import type { Sql } from '../../lib/sql.ts';
import type { Edge } from './connection.ts';
import type { Order, Orders } from './order.ts';
import type { ReadingPlugin } from './plugin.ts';
import type { Row } from '../rows.ts';
import type { Conditions, Direction, FindRelation, OrderColumn } from '../sources.ts';

/** The names of a type's relations that are not in the Prisma schema. */
type OwnRelation<Types extends SchemaTypes, Name> = Name extends keyof Types['Relations']
  ? keyof Types['Relations'][Name] & string
  : never;

/** The model of the rows of a field's type. */
type ModelOf<Types extends SchemaTypes, Shape> = Shape extends { [prismaModelName]?: infer Name }
  ? Extract<Types['PrismaTypes'][Name & keyof Types['PrismaTypes']], PrismaModelTypes>
  : never;

/** The relations by which a field can lead to one row. */
type ToOne<Types extends SchemaTypes, Shape, Kind> = Kind extends 'PrismaObject'
  ? Exclude<ModelOf<Types, Shape>['RelationName'], ModelOf<Types, Shape>['ListRelations']>
  : never;

/** The relations by which a field can lead to many rows. */
type ToMany<Types extends SchemaTypes, Shape, Kind> = Kind extends 'Query'
  ? OwnRelation<Types, 'Query'>
  : Kind extends 'PrismaObject'
    ? ModelOf<Types, Shape>['ListRelations'] | OwnRelation<Types, ModelOf<Types, Shape>['Name']>
    : never;

export interface Described {
  description: string;
}

/** The options of a list. */
export interface ReadManyOptions<Types extends SchemaTypes, Filter> extends Described {
  /** The ways to order it, see `builder.readOrder`. */
  order: Order;
  filter?: ListFilter<Filter>;
  /**
   * Objects to which a caller can narrow a list of `Query`, by the names of the arguments. The list is null when
   * there is no such object.
   */
  within?: Readonly<Record<string, Within<Types>>>;
}

/** How callers choose rows of a list. */
export interface ListFilter<Filter> {
  type: InputRef<Filter>;
  /**
   * What the filter asks of the rows.
   *
   * @param filter empty when the caller gives none
   * @param order the field of the order
   * @throws BadRequest
   */
  conditions: (filter: Partial<Filter>, order: string) => Conditions;
  /** The order when the caller gives none and the filter asks for another than the list's. */
  order?: (filter: Partial<Filter>) => { field: string; direction: Direction } | null;
}

/** An object to which a list can be narrowed. */
export interface Within<Types extends SchemaTypes> extends Described {
  /** The type whose relation of the same name has the rows. */
  type: string;
  /** Finds the id of the object that the argument names; null when there is none. */
  find: (context: Types['Context'], text: string) => Promise<string | null>;
}

/** How to find one of many rows. */
export interface ReadOneOfOptions<Types extends SchemaTypes, Args extends InputFieldMap> extends Described {
  args: Args;
  /** The condition for the row. The row must also belong to the relation. */
  where: (args: InputShapeFromFields<Args>) => Sql;
  /** Which row it is when several meet the condition: the first of this order. By `id` when absent. */
  order?: { order?: readonly OrderColumn[]; direction?: Direction };
  /** Finds a row when none meets the condition. @param parentId id of the row above; null at the root */
  otherwise?: (
    parentId: string | null,
    args: InputShapeFromFields<Args>,
    context: Types['Context'],
    info: GraphQLResolveInfo,
  ) => Promise<object | null>;
}

/** A plain list that is computed from rows. */
export interface ReadAllOptions<Item> extends Described {
  type: TypeParam<SchemaTypes>;
  /** The field of an item that is the row. */
  row: string;
  /** The columns from which items are computed. */
  columns: readonly string[];
  order: readonly OrderColumn[];
  /** The highest number of rows that are read. */
  limit: number;
  resolve: (rows: Row[]) => Item[];
}

/** A field that is computed from rows, each of which leads to the next by a relation. */
export interface ReadAlongOptions extends Described {
  type: 'String';
  /** The columns of its own row from which it is computed. */
  needs: readonly string[];
  /** The columns of each row on the way. */
  columns: readonly string[];
  resolve: (row: Row, way: Row[]) => string;
}

declare global {
  // This is how plugins of Pothos add to its types.
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      reading: ReadingPlugin<Types>;
    }

    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      reading: { relation: FindRelation };
    }

    export interface UserSchemaTypes {
      /** Relations that are not in the Prisma schema, by type and name. */
      Relations: object;
    }

    export interface ExtendDefaultTypes<PartialTypes extends Partial<UserSchemaTypes>> {
      Relations: PartialTypes['Relations'] & {};
    }

    export interface SchemaBuilder<Types extends SchemaTypes> {
      /** Makes the ways to order lists of a type. Callers choose by an argument when there are several. */
      readOrder: (name: string, orders: Orders, byDefault: { field: string; direction: Direction }) => Order;
      /** The edge type of a table, for fields that return single rows with their cursors. */
      readEdge: (name: keyof Types['PrismaTypes'] & string) => ObjectRef<Types, Edge>;
    }

    /** All methods exist for types of rows. `Query` has only those that lead to many rows. */
    export interface RootFieldBuilder<
      Types extends SchemaTypes,
      ParentShape,
      Kind extends FieldKind = FieldKind,
    > {
      /** The row that a relation leads to. Null when this row's key is null. */
      readOne: (relation: ToOne<Types, ParentShape, Kind>, options: Described) => FieldRef<Types>;
      /** The rows that a relation leads to: a connection with filter and order. */
      readMany: <Filter = never>(
        relation: ToMany<Types, ParentShape, Kind>,
        options: ReadManyOptions<Types, Filter>,
      ) => FieldRef<Types>;
      /** One of the rows that a relation leads to; null when there is none. */
      readOneOf: <Args extends InputFieldMap>(
        relation: ToMany<Types, ParentShape, Kind>,
        options: ReadOneOfOptions<Types, Args>,
      ) => FieldRef<Types>;
      /** Whether a relation leads to any row. */
      readExists: (relation: ToMany<Types, ParentShape, Kind>, options: Described) => FieldRef<Types>;
      /** A list without pages that is computed from the rows that a relation leads to. */
      readAll: <Item>(
        relation: ToMany<Types, ParentShape, Kind>,
        options: ReadAllOptions<Item>,
      ) => FieldRef<Types>;
      /** A text that is computed from this row and from rows that follow, each of which leads to the next. */
      readAlong: (
        way: readonly [ToOne<Types, ParentShape, Kind>, ...string[]],
        options: ReadAlongOptions,
      ) => FieldRef<Types>;
    }
  }
}
