import { access, readFile, readdir } from 'node:fs/promises';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { graphiqlTabs } from '../src/server/graphiql/tabs.ts';

const root = new URL('../', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');
const operations = [...readme.matchAll(/```graphql\n([^]*?)```/g)].map(([, operation]) => operation ?? '');
const readmes = await Promise.all(
  ['src/', 'test/'].map(async (folder) => {
    const files = await readdir(new URL(folder, root), { recursive: true });
    return files.filter((file) => /(?:^|\/)README\.md$/.test(file)).map((file) => `${folder}${file}`);
  }),
);

test('the README shows five operations', () => {
  expect(operations).toHaveLength(5);
});

test.each(operations)('an operation of the README fits the schema: %s', (operation) => {
  expect(validate(schema, parse(operation))).toEqual([]);
});

test.each([
  ...graphiqlTabs({ job: 'demo/dev/sales', state: 'demo/dev/dev:tap-to-target' }),
  ...graphiqlTabs({ job: 'demo/dev/report', state: null }),
  ...graphiqlTabs(null),
])('a tab of GraphiQL fits the schema: %s', (query) => {
  expect(validate(schema, parse(query))).toEqual([]);
});

test('the README is short enough to be read', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

test.each(['README.md', ...readmes.flat()])(
  'every link in %s that is relative leads to a file',
  async (file) => {
    const text = await readFile(new URL(file, root), 'utf8');
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#]+)/g)].map(([, link = '']) => link);
    const found = await Promise.all(
      links.map((link) =>
        access(new URL(link, new URL(file, root))).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(links.filter((_, i) => !found[i])).toEqual([]);
  },
);

test('the table of verbs has each verb with its file, and the reason of each that is a custom one', () => {
  const row = /^\|[^|]*\| \[(\w+)\]\(test\/operations\/\w+\/(\w+)\.graphql\) \|[^|]+\|([^|]*)\|$/gm;
  const rows = [...readme.matchAll(row)].map(([, verb = '', file, why = '']) => ({
    verb,
    file,
    why: why.trim(),
  }));
  expect(rows.map(({ verb }) => verb).sort()).toEqual(
    Object.keys(schema.getMutationType()?.getFields() ?? {}).sort(),
  );
  expect(rows.filter(({ verb, file }) => verb !== file)).toEqual([]);
  const standard = /^(?:create|update|delete)/;
  expect(rows.filter(({ verb, why }) => !standard.test(verb) && why === '')).toEqual([]);
});
