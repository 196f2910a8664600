import { readFile } from 'node:fs/promises';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
  type GraphQLNamedType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../src/reading/fields/cursor.ts';
import { schema } from '../src/schema/index.ts';
import { orders } from '../src/store/reading/orders.ts';
import { getDatamodel } from '../src/store/generated/pothos.ts';

test('schema.graphql is the schema that the code makes', async () => {
  const committed = await readFile(new URL('../schema.graphql', import.meta.url), 'utf8');
  expect(committed, 'run `npm run schema`').toBe(`${printSchema(schema)}\n`);
});

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Every element of a type that a caller sees, with its description. */
function elements(type: GraphQLNamedType): { name: string; description: string | null | undefined }[] {
  const found = [{ name: type.name, description: type.description }];
  if (isEnumType(type)) {
    for (const value of type.getValues()) {
      found.push({ name: `${type.name}.${value.name}`, description: value.description });
    }
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      found.push({ name: `${type.name}.${field.name}`, description: field.description });
      for (const argument of field.args) {
        const name = `${type.name}.${field.name}(${argument.name})`;
        found.push({ name, description: argument.description });
      }
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      found.push({ name: `${type.name}.${field.name}`, description: field.description });
    }
  }
  return found;
}

test('every type, field, argument, enum value and input field is described', () => {
  const all = types.flatMap(elements);
  expect(all.length).toBeGreaterThan(500);
  const bare = all.filter(({ description }) => (description ?? '').trim() === '').map(({ name }) => name);
  expect(bare).toEqual([]);
});

// Rows hold nothing but the columns that were selected. A field that reads its row and does not say so
// sees `undefined` there, unless another field happened to select the column.
describe('every field of a row type says which columns it reads', () => {
  const models = new Map(
    Object.entries(getDatamodel().datamodel.models).map(([name, { fields }]) => [
      name,
      new Set(
        (fields as readonly { name: string; kind: string }[])
          .filter(({ kind }) => kind !== 'object')
          .map((f) => f.name),
      ),
    ]),
  );
  const rowTypes = types.filter((type) => models.has(type.name)).filter(isObjectType);

  test('there are row types', () => {
    expect(rowTypes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Project', 'Run', 'RunLog', 'State']),
    );
  });

  test.each(rowTypes.map(({ name }) => name))('%s', (name) => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is no object type.`);
    const columns = models.get(name) ?? new Set();
    const wrong: string[] = [];
    for (const field of Object.values(type.getFields())) {
      const {
        columns: needed = [],
        pothosExposedField: exposed,
        reading,
      } = field.extensions as {
        columns?: string[];
        pothosExposedField?: string;
        reading?: { relation: { by: string } };
      };
      const declared = [
        ...needed,
        ...[exposed, reading?.relation.by].filter((column) => column !== undefined),
      ];
      // Without a declaration a field has the id alone, as every list and look-up needs.
      const known = new Set(['id', ...declared]);
      for (const column of declared) {
        if (!columns.has(column)) wrong.push(`${name}.${field.name}: ${column} is no column`);
      }
      for (const read of columnsRead(field.resolve, columns)) {
        if (!known.has(read)) wrong.push(`${name}.${field.name} reads ${read}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('what the resolvers of the schema read is seen', () => {
    const read = (type: string, field: string): string[] => {
      const named = schema.getType(type);
      const resolve = isObjectType(named) ? named.getFields()[field]?.resolve : undefined;
      return columnsRead(resolve, models.get(type) ?? new Set());
    };
    expect(read('Job', 'tasks')).toEqual(['tasks']);
    expect(read('State', 'merged')).toEqual(['completed', 'partial']);
    expect(read('Run', 'environment')).toEqual(['environmentId']);
  });
});

/** Calls a resolver with a row that notes what is read from it. */
function columnsRead(resolve: ((...args: never[]) => unknown) | undefined, columns: Set<unknown>): string[] {
  const read: string[] = [];
  const row = new Proxy(
    {},
    {
      get: (_row, property) => {
        if (typeof property === 'string' && columns.has(property)) read.push(property);
        return undefined;
      },
    },
  );
  try {
    const result = resolve?.(...([row, {}, {}, {}] as never[]));
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // It got as far as reading the row, and there is nothing behind it to go on with.
  }
  return read;
}

describe('cursors', () => {
  test('are opaque: letters, digits, `-` and `_`, whatever the values', () => {
    const row = { name: 'a "name"/with spaces, ünïcödé and 💥', id: '01941f29-7c00-7000-8000-000000000000' };
    const cursor = encodeCursor(row, orders.name);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(cursor, orders.name)).toEqual([row.name, row.id]);
  });

  test('keep a time to the millisecond', () => {
    const row = {
      updatedAt: new Date('2025-03-01T12:00:00.123Z'),
      id: '01941f29-7c00-7000-8000-000000000000',
    };
    expect(decodeCursor(encodeCursor(row, orders.updated), orders.updated)).toEqual([
      '2025-03-01T12:00:00.123Z',
      row.id,
    ]);
  });

  test('tell the orders apart, even those whose values look alike', () => {
    const value = '2025-03-01T12:00:00.123Z';
    const row: Record<string, unknown> = { id: '01941f29-7c00-7000-8000-000000000000' };
    for (const order of Object.values(orders)) {
      for (const { name, type } of order)
        if (name !== 'id') row[name] = type === 'int' ? 1 : type === 'uuid' ? row.id : value;
    }
    for (const [from, one] of Object.entries(orders)) {
      for (const [to, other] of Object.entries(orders)) {
        const cursor = encodeCursor(row, one);
        if (from === to) expect(decodeCursor(cursor, other)).toHaveLength(other.length);
        else expect(() => decodeCursor(cursor, other), `${from} in ${to}`).toThrow('is not a cursor');
      }
    }
  });
});
