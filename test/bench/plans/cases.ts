import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { schema } from '../../../src/schema/index.ts';

/** A list of the API, read in one way. */
export interface Case {
  /** The list, such as `Job.runs`, and where it is read. */
  list: string;
  /** The condition of the filter; `all` without one. */
  filter: string;
  /** The order and the end that is read. */
  order: string;
  query: string;
  variables: Record<string, unknown>;
}

/** An object whose lists are read, by its type. */
export interface Parent {
  /** What it is, such as `the job with most runs`. */
  title: string;
  id: string;
}

/** Values of the fields of filters: some that much fits, some that little or nothing fits. */
const values: Record<string, readonly unknown[]> = {
  pattern: ['*1*', 'wide-00*', 'nosuch'],
  pair: ['tap-01-to-target-postgres', 'nosuch'],
  isEnabled: [true, false],
  minAttempt: [1, 2],
  minDurationSeconds: [1, 90, 1000],
  createdSince: ['2024-06-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  createdBefore: ['2024-06-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  startedSince: ['2024-06-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  startedBefore: ['2024-06-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  endedSince: ['2024-06-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  endedBefore: ['2024-06-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  pluginName: ['target-wide', 'nosuch'],
  block: [0, 1, 9],
  text: ['a line of', 'line 77777 ', 'nosuch'],
  ignoreCase: [true],
};

/** Values of enums that many rows have. */
const common = ['FAILED', 'SUCCEEDED', 'RUN', 'API', 'EXTRACTOR', 'STOPPED', 'INFO', 'ERROR'];

/** The lists whose tables grow. */
const grown = ['Project', 'Environment', 'Plugin', 'Job', 'Schedule', 'Service', 'State', 'Run', 'RunLog'];

const pages = ['first', 'last'];

/**
 * Each list of the API with each filter and each order, read from both ends.
 *
 * @param parents objects by their types, whose lists are read
 */
export function casesOf(parents: Readonly<Record<string, readonly Parent[]>>): Case[] {
  return Object.entries({ Query: [{ title: 'all', id: '' }], ...parents }).flatMap(([typeName, of]) => {
    const type = schema.getType(typeName);
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    return fields
      .filter((field) => grown.some((name) => getNamedType(field.type).name === `${name}Connection`))
      .flatMap((field) => of.flatMap((parent) => casesOfList(typeName, field, parent, parents)));
  });
}

function casesOfList(
  type: string,
  field: GraphQLField<unknown, unknown>,
  parent: Parent,
  parents: Readonly<Record<string, readonly Parent[]>>,
): Case[] {
  const ways: { where: string[]; title: string }[] = [
    { where: [], title: parent.title },
    // The root's lists can be narrowed to an object, which the lists of that object are, too: one of each is enough.
    ...(type === 'Query'
      ? field.args
          .filter(({ name }) => ['project', 'environment', 'job'].includes(name))
          .flatMap(({ name }) => {
            const [one] = parents[`${name.charAt(0).toUpperCase()}${name.slice(1)}`] ?? [];
            return one ? [{ where: [`${name}: "${one.id}"`], title: one.title }] : [];
          })
      : []),
  ];
  return ways.flatMap(({ where, title }) =>
    filtersOf(field).flatMap(({ filter, variables, declared }) => {
      const read = (order: string, given: readonly string[], selection: string): Case => {
        const args = [...given, ...where, ...(declared === '' ? [] : ['filter: $filter'])].join(', ');
        const list = `${field.name}${args === '' ? '' : `(${args})`} { ${selection} }`;
        const below = type === 'Query' ? list : `node(id: "${parent.id}") { ... on ${type} { ${list} } }`;
        const query = `query${declared === '' ? '' : ` (${declared})`} { ${below} }`;
        return { list: `${type}.${field.name}, ${title}`, filter, order, query, variables };
      };
      return [
        ...ordersOf(field).flatMap(({ name, argument }) =>
          pages.map((page) =>
            read(
              `${name} ${page}`.trim(),
              [`${page}: 20`, ...argument],
              'nodes { id } pageInfo { hasNextPage }',
            ),
          ),
        ),
        read('count', [], 'totalCount'),
      ];
    }),
  );
}

interface Filter {
  filter: string;
  variables: Record<string, unknown>;
  declared: string;
}

function filtersOf({ args }: GraphQLField<unknown, unknown>): Filter[] {
  const type = args.find(({ name }) => name === 'filter')?.type;
  const named = type ? getNamedType(type) : null;
  const all: Filter = { filter: 'all', variables: {}, declared: '' };
  if (!isInputObjectType(named)) return [all];
  const filters = Object.values(named.getFields()).flatMap((field) => {
    const values = valuesOf(field.name, field.type);
    return values.map((value): Filter => ({
      filter: `${field.name}: ${JSON.stringify(value)}`,
      variables: { filter: { [field.name]: value } },
      declared: `$filter: ${named.name}`,
    }));
  });
  return [all, ...filters];
}

/** @throws Error for a field of a filter that this does not know */
function valuesOf(name: string, type: GraphQLInputType): readonly unknown[] {
  const named = getNamedType(type);
  // One that many rows have, or none, and all of them.
  if (isEnumType(named)) {
    const names = named.getValues().map((one) => one.name);
    const some = names.filter((one, at) => common.includes(one) || at === 0);
    return isListType(getNullableType(type)) ? [...some.map((one) => [one]), names] : some;
  }
  const known = values[name];
  if (!known)
    throw new Error(`There are no values for the filter ${name}: add them to test/bench/plans/cases.ts.`);
  return known;
}

interface Order {
  name: string;
  /** The argument, if there is one. */
  argument: string[];
}

function ordersOf({ args }: GraphQLField<unknown, unknown>): Order[] {
  const type = args.find(({ name }) => name === 'orderBy')?.type;
  const named = type ? getNamedType(type) : null;
  const fields = isInputObjectType(named) ? getNamedType(named.getFields().field?.type ?? named) : null;
  if (!isEnumType(fields)) return [{ name: '', argument: [] }];
  return fields.getValues().flatMap(({ name }) =>
    ['ASC', 'DESC'].map((direction) => ({
      name: `${name} ${direction}`,
      argument: [`orderBy: { field: ${name}, direction: ${direction} }`],
    })),
  );
}
