import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { GraphQLScalarType } from 'graphql';
import type PrismaTypes from '../store/generated/pothos.ts';
import { getDatamodel } from '../store/generated/pothos.ts';
import { decodeGlobalId, encodeGlobalId, type NodeType } from '../domain/global-id.ts';
import { BadRequest } from './bad-request.ts';
import type { Context } from './context.ts';

export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: Context;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ErrorsPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true, defaultTypes: [] },
  relay: {
    encodeGlobalID: (type, id) => encodeGlobalId({ type: type as NodeType, id: String(id) }),
    decodeGlobalID: (text) => {
      const decoded = decodeGlobalId(text);
      if (!decoded) throw new BadRequest(`"${text}" is not the id of anything.`, 'BAD_ID');
      return { typename: decoded.type, id: decoded.id };
    },
    // Our own root fields load many nodes in one statement for each type.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'An object with an id of its own, which `node` finds it by.' },
    idFieldOptions: { description: 'Opaque id; no other object has it.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'Whether rows follow the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether rows come before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null when the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last row; null when the page is empty.' },
  },
  prisma: {
    client: (context) => context.services.store.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: true,
    onUnusedQuery: null,
  },
});

/** The type parameters of the builder, for helpers that add to it. */
export type BuilderTypes =
  typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** The row of a table, as `Row` has it. What was not selected is missing from it. */
export type RowOf<Table extends keyof PrismaTypes> = PrismaTypes[Table]['Shape'];

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType({
    ...DateTimeResolver.toConfig(),
    // The rows of lists hold times as they are to be printed.
    serialize: (value) => (typeof value === 'string' ? value : DateTimeResolver.serialize(value)),
    specifiedByURL: 'https://datatracker.ietf.org/doc/html/rfc3339#section-5.6',
  }),
);
builder.addScalarType('JSON', JSONResolver);
