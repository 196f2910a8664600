import SchemaBuilder, { BasePlugin, RootFieldBuilder, type SchemaTypes } from '@pothos/core';
import { edgeType } from './connection.ts';
import { readAll, readAlong, readExists, readMany, readOne, readOneOf } from './field-methods.ts';
import './global-types.ts';
import { makeOrder, type Order, type Orders } from './order.ts';

const pluginName = 'reading';

/** A Pothos plugin for fields whose rows are read with one statement for the whole query. */
export default pluginName;

/** It only adds methods and wraps no resolvers. */
export class ReadingPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {}

SchemaBuilder.registerPlugin(pluginName, ReadingPlugin);

const builderMethods = SchemaBuilder.prototype as PothosSchemaTypes.SchemaBuilder<SchemaTypes>;
builderMethods.readOrder = function (name: string, orders: Orders, byDefault: Order['byDefault']) {
  return makeOrder(this, name, orders, byDefault);
};

builderMethods.readEdge = function (name: string) {
  return edgeType(this, name);
};

Object.assign(RootFieldBuilder.prototype, { readOne, readMany, readOneOf, readExists, readAll, readAlong });
