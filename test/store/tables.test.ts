import { afterAll, beforeAll, expect, test } from 'vitest';
import { tables } from '../../src/store/reading/tables.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** PostgreSQL's types whose texts are JSON as they are, or in quotes; `e` stands for any enum. */
const types = { plain: ['bool', 'int2', 'int4', 'json', 'jsonb'], words: ['e', 'uuid'] };

test('columns are what their texts are taken for when rows are read as JSON', async () => {
  const rows = await app.app.store.database.query(
    `SELECT c.relname AS "table", a.attname AS "column", a.attnotnull AS "isRequired",
       CASE WHEN t.typtype = 'e' THEN 'e' ELSE t.typname END AS type
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
    [],
  );
  const found = new Map(rows.map((row) => [`${String(row.table)}.${String(row.column)}`, row]));
  const wrong: string[] = [];
  for (const { name, required, plain, words } of Object.values(tables)) {
    const of = (column: string) => found.get(`${name}.${column}`);
    const check = (columns: ReadonlySet<string>, fits: (column: string) => boolean): void => {
      wrong.push(...[...columns].filter((column) => !fits(column)).map((column) => `${name}.${column}`));
    };
    check(required, (column) => of(column)?.isRequired === true);
    check(plain, (column) => types.plain.includes(String(of(column)?.type)));
    check(words, (column) => types.words.includes(String(of(column)?.type)));
  }
  expect(wrong).toEqual([]);
  expect([...tables.Run.words]).toEqual(expect.arrayContaining(['id', 'jobId', 'status']));
});
