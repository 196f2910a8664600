import SchemaBuilder, { type ObjectRef } from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { JSONResolver } from 'graphql-scalars';
import type PrismaTypes from '../store/generated/pothos.ts';
import { getDatamodel } from '../store/generated/pothos.ts';
import { decodeGlobalId, encodeGlobalId, type NodeType } from '../domain/naming/global-id.ts';
import { BadRequest } from '../reading/fields/bad-request.ts';
import ReadingPlugin from '../reading/fields/plugin.ts';
import { relation, type OwnRelations } from '../store/reading/relations.ts';
import type { Context } from './context.ts';
import { DateTime } from './date-time.ts';
import MaximaPlugin from './maxima/plugin.ts';

export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Relations: OwnRelations;
  Context: Context;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ErrorsPlugin, RelayPlugin, PrismaPlugin, ReadingPlugin, MaximaPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true, defaultTypes: [] },
  relay: {
    encodeGlobalID: (type, id) => encodeGlobalId({ type: type as NodeType, id: String(id) }),
    decodeGlobalID: (text) => {
      const decoded = decodeGlobalId(text);
      if (!decoded) throw new BadRequest(`"${text}" is not the id of anything.`, 'BAD_ID');
      return { typename: decoded.type, id: decoded.id };
    },
    // The root fields `node` and `nodes` load many nodes with one statement for each type.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'An object with an id. `node` finds it by its id.' },
    idFieldOptions: { description: 'Opaque id; no other object has it.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'Whether rows follow the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether rows come before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null when the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last row; null when the page is empty.' },
  },
  prisma: {
    client: (context) => context.store.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: true,
    onUnusedQuery: null,
  },
  reading: { relation },
});

/** The type parameters of the builder, for code that adds fields to it. */
export type BuilderTypes =
  typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** A reference to the type of a row. A row holds only the columns that were selected. */
export type RowRef = ObjectRef<BuilderTypes, unknown>;

/** The row of a table. It holds only the columns that were selected. */
export type RowOf<Table extends keyof PrismaTypes> = PrismaTypes[Table]['Shape'];

builder.addScalarType('DateTime', DateTime);
builder.addScalarType('JSON', JSONResolver);
