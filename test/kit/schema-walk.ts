import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';

/** Every object type that queries can reach, without `Query` itself. */
export function readableTypes(): GraphQLObjectType[] {
  const reached = new Set<GraphQLObjectType>();
  const reach = (type: GraphQLObjectType): void => {
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      const types = isInterfaceType(named) ? schema.getPossibleTypes(named) : [named];
      for (const next of types) {
        if (!isObjectType(next) || reached.has(next)) continue;
        reached.add(next);
        reach(next);
      }
    }
  };
  const query = schema.getQueryType();
  if (query) reach(query);
  return [...reached];
}

/** The object type with that name. */
export function typeNamed(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type.`);
  return type;
}

/** Every field of those types, as `Type.field`. */
export function readableFields(): { name: string; nullable: boolean }[] {
  const fields: { name: string; nullable: boolean }[] = [];
  for (const type of readableTypes()) {
    for (const field of Object.values(type.getFields())) {
      fields.push({ name: `${type.name}.${field.name}`, nullable: !isNonNullType(field.type) });
    }
  }
  return fields;
}

/** Whether rows of the type have a global id. */
export function isNode(type: GraphQLObjectType): boolean {
  return type.getInterfaces().some(({ name }) => name === 'Node');
}

/** A list field of the schema. */
export interface Connection {
  /** Name of the type that has the field. */
  parent: string;
  field: string;
  /** Name of the type of the rows. */
  node: string;
  /** The names of its orders; empty when callers cannot choose one. */
  orders: string[];
}

/** Every list field of the schema. */
export function connections(): Connection[] {
  const query = schema.getQueryType();
  return [...(query ? [query] : []), ...readableTypes()].flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const name = getNamedType(field.type).name;
      if (!name.endsWith('Connection')) return [];
      const node = name.slice(0, -'Connection'.length);
      const orders = schema.getType(`${node}OrderField`)?.toConfig() as { values?: object } | undefined;
      const canChoose = field.args.some(({ name: argument }) => argument === 'orderBy');
      const names = canChoose ? Object.keys(orders?.values ?? {}) : [];
      return [{ parent: type.name, field: field.name, node, orders: names }];
    }),
  );
}

/**
 * A selection of every field of a type. For a field that leads to another node, it selects only the columns
 * of that node. Other objects and lists are selected completely.
 *
 * @param pageSize `first` of the lists
 * @param args values for required arguments, by `Type.field`
 */
export function everyField(type: GraphQLObjectType, pageSize: number, args: Record<string, string>): string {
  const fields = Object.values(type.getFields()).map((field) => {
    const named = getNamedType(field.type);
    const call = `${field.name}${argumentsOf(type, field, pageSize, args)}`;
    if (isInterfaceType(named)) return `${call} { ${everyMember(named, args)} }`;
    if (!isObjectType(named)) return call;
    return `${call} { ${isNode(named) ? leaves(named, type) : everyField(named, pageSize, args)} }`;
  });
  return ['__typename', ...fields].join(' ');
}

/**
 * A selection of the fields of an interface. For an interface other than `Node`, also of the further fields
 * of each of its types.
 */
function everyMember(type: GraphQLInterfaceType, args: Record<string, string>): string {
  const common = Object.keys(type.getFields());
  if (type.name === 'Node') return ['__typename', ...common].join(' ');
  const members = schema
    .getPossibleTypes(type)
    .map((member) => `... on ${member.name} { ${everyField(member, 1, args)} }`);
  return ['__typename', ...members].join(' ');
}

// The rows of a page are in `nodes` and in `edges`; one of them is enough. `path` is not a column: it needs
// its own statements, and their number depends on which lists come first.
function leaves(type: GraphQLObjectType, parent: GraphQLObjectType): string {
  if (parent.name.endsWith('Edge')) return '__typename';
  const names = Object.values(type.getFields())
    .filter((field) => isLeafType(getNamedType(field.type)) && field.name !== 'path')
    .map(({ name }) => name);
  return ['__typename', ...names].join(' ');
}

function argumentsOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  pageSize: number,
  args: Record<string, string>,
): string {
  if (getNamedType(field.type).name.endsWith('Connection')) return `(first: ${pageSize})`;
  if (!field.args.some(isRequiredArgument)) return '';
  const given = args[`${type.name}.${field.name}`];
  if (given === undefined) throw new Error(`Say what to give ${type.name}.${field.name}.`);
  return `(${given})`;
}
