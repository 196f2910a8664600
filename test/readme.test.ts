import { readFile } from 'node:fs/promises';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { graphiqlTabs } from '../src/server/graphiql.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const operations = [...readme.matchAll(/```graphql\n([^]*?)```/g)].map(([, operation]) => operation ?? '');

test('the README shows five operations', () => {
  expect(operations).toHaveLength(5);
});

test.each(operations)('an operation of the README fits the schema: %s', (operation) => {
  expect(validate(schema, parse(operation))).toEqual([]);
});

test.each([...graphiqlTabs('demo/dev/sales'), ...graphiqlTabs(null)])(
  'a tab of GraphiQL fits the schema: %s',
  (query) => {
    expect(validate(schema, parse(query))).toEqual([]);
  },
);
