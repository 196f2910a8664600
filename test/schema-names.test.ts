import { isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/schema/index.ts';

/** A field of a type, an argument of a field, or a field of an input. */
interface Named {
  /** `Type.field`, `Type.field(argument)`. */
  at: string;
  name: string;
  type: string;
  isList: boolean;
  description: string;
}

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));

interface Element {
  name: string;
  /** Printed as in the schema. */
  type: { toString(): string };
  description?: string | null | undefined;
}

function named(at: string, { name, type, description }: Element): Named {
  const printed = type.toString();
  return {
    ...{ at, name, type: printed.replaceAll(/[[\]!]/g, ''), isList: printed.startsWith('[') },
    description: description ?? '',
  };
}

/** What can be read. */
const outputs = types.flatMap((type) =>
  isObjectType(type) || isInterfaceType(type)
    ? Object.values(type.getFields()).map((field) => named(`${type.name}.${field.name}`, field))
    : [],
);

/** What callers give. */
const inputs = types.flatMap((type) => {
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => named(`${type.name}.${field.name}`, field));
  }
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    field.args.map((argument) => named(`${type.name}.${field.name}(${argument.name})`, argument)),
  );
});

const all = [...outputs, ...inputs];
const where = (elements: Named[]): string[] => elements.map(({ at }) => at).sort();

test('the name of a time ends in `At`, that of a bound of times in `Since` or `Before`', () => {
  const times = all.filter(({ type, isList }) => type === 'DateTime' && !isList);
  expect(where(times.filter(({ name }) => !/(?:At|Since|Before)$/.test(name)))).toEqual([
    // Not when something happens to the run, but the time that it is for.
    'Run.scheduledFor',
    // The word of Meltano's own lines.
    'RunLog.timestamp',
  ]);
  expect(where(outputs.filter(({ type, name }) => type !== 'DateTime' && name.endsWith('At')))).toEqual([]);
});

test('the name of a duration ends in its unit', () => {
  const durations = all.filter(
    ({ name, type, description }) =>
      ['Int', 'Float'].includes(type) &&
      (/\bseconds\b|\bminutes\b/.test(description) || /timeout|duration|delay/i.test(name)),
  );
  expect(durations.length).toBeGreaterThan(10);
  expect(where(durations.filter(({ name }) => !name.endsWith('Seconds')))).toEqual([
    // A count, or seconds, by the metric's name.
    'RunMetric.value',
  ]);
});

/** Options of a request. They have the words of Meltano's own options, or say what to do. */
const options = [
  ...['fullRefresh', 'noStateUpdate', 'refreshCatalog'],
  ...['force', 'fromFailedBlock', 'overwrite', 'ignoreCase', 'prune', 'showDeleted', 'start', 'catchUp'],
];

test('the name of a Boolean that says what something is begins with `is`', () => {
  const facts = outputs.filter(({ type, name }) => type === 'Boolean' && !name.startsWith('is'));
  expect(where(facts)).toEqual([
    // Relay's words.
    ...['PageInfo.hasNextPage', 'PageInfo.hasPreviousPage'],
    // The options that a run was given.
    ...['Run.fullRefresh', 'Run.noStateUpdate', 'Run.refreshCatalog'],
  ]);
});

test('a Boolean that callers give is an option, or has the name of the field that it sets or that it asks for', () => {
  const facts = new Set(outputs.flatMap(({ type, name }) => (type === 'Boolean' ? [name] : [])));
  const given = inputs.filter(({ type }) => type === 'Boolean');
  expect(
    where(given.filter(({ name }) => !options.includes(name) && !(name.startsWith('is') && facts.has(name)))),
  ).toEqual([]);
  const used = new Set(given.map(({ name }) => name));
  expect(options.filter((name) => !used.has(name))).toEqual([]);
});

test('only nodes have an `id`: caches of clients take two objects with one id for the same', () => {
  const isNode = (at: string): boolean => {
    const type = schema.getType(at.split('.')[0] ?? '');
    return isInterfaceType(type) || (isObjectType(type) && type.getInterfaces().length > 0);
  };
  expect(where(outputs.filter(({ at, name }) => name === 'id' && !isNode(at)))).toEqual([]);
});

test('no type has the name of a global of JavaScript, which generated code would hide', () => {
  const hidden = types.filter((type) => !isScalarType(type) && Object.hasOwn(globalThis, type.name));
  expect(hidden.map(({ name }) => name)).toEqual([]);
});
