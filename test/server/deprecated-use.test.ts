import { getIntrospectionQuery, parse, printSchema, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addFormerFields } from '../../src/schema/evolution/former-fields.ts';
import { schema } from '../../src/schema/index.ts';
import { deprecatedUse } from '../../src/server/deprecated-use.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { deskAndAnnex } from '../kit/data/projects.ts';

// How a field is renamed: one line with its former name.
const renamed = { 'Environment.title': 'name', 'Query.allJobs': 'jobs' };

let app: TestApp;
beforeAll(async () => {
  addFormerFields(schema, renamed);
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(async () => {
  await app.stop();
  for (const coordinate of Object.keys(renamed)) {
    const [type = '', field = ''] = coordinate.split('.');
    // Other files use the same schema.
    Reflect.deleteProperty((schema.getType(type) as GraphQLObjectType).getFields(), field);
  }
});

const uses = (): [string, unknown][] =>
  app.logged
    .filter(({ message }) => message.startsWith('a client uses what is deprecated'))
    .map(({ message, fields }) => [message, fields.uses]);

test('a renamed field answers by both names, however it is executed', async () => {
  const query =
    '{ environment(ref: "desk/dev") { name title } jobs(last: 2) { nodes { id } } allJobs(last: 2) { nodes { id } } }';
  // The first one is interpreted, the others are compiled.
  for (let i = 0; i < 3; i += 1) {
    const { result, statements } = await app.counting(() => app.query<Record<string, unknown>>(query));
    expect(result.environment).toEqual({ name: 'dev', title: 'dev' });
    expect(result.allJobs).toEqual(result.jobs);
    expect(statements.length).toBeLessThanOrEqual(2);
  }
});

test('its former name is deprecated, and says what to use', async () => {
  expect(printSchema(schema)).toContain('title: String! @deprecated(reason: "Use `name`.")');
  const answer = await app.query<{
    __schema: { types: { name: string; fields: { name: string; isDeprecated: boolean }[] | null }[] };
  }>(getIntrospectionQuery());
  const fields = answer.__schema.types.find(({ name }) => name === 'Environment')?.fields;
  const marked = fields?.filter(({ isDeprecated }) => isDeprecated).map(({ name }) => name);
  expect(marked).toEqual(['title']);
});

test('each use of it is counted, and the log says so once a minute', async () => {
  const [jobs, title] = [
    'a client uses what is deprecated: The field Query.allJobs is deprecated. Use `jobs`.',
    'a client uses what is deprecated: The field Environment.title is deprecated. Use `name`.',
  ];
  expect(new Set(uses().map(([message]) => message))).toEqual(new Set([jobs, title]));
  expect(uses()).toHaveLength(2);
  await app.query('{ environment(ref: "desk/dev") { name } }');
  expect(uses()).toHaveLength(2);
});

test('a former name must lead to a field, and be none itself', () => {
  expect(() => addFormerFields(schema, { 'Run.finishedAt': 'nosuch' })).toThrow('Run.nosuch');
  expect(() => addFormerFields(schema, { 'Run.status': 'kind' })).toThrow('there itself');
});

test('the count goes on between the lines of the log', () => {
  const said: unknown[] = [];
  let time = 0;
  const log = { info: () => undefined, error: () => undefined, warn: (fields: object) => said.push(fields) };
  const note = deprecatedUse(schema, log, () => time);
  const document = parse('{ environment(ref: "x") { title } }');
  for (const seconds of [0, 1, 59, 61, 62]) {
    time = seconds * 1000;
    note(document);
  }
  expect(said).toEqual([{ uses: 1 }, { uses: 4 }]);
});
