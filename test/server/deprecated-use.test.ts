import {
  getIntrospectionQuery,
  GraphQLEnumType,
  parse,
  printSchema,
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addFormerNames } from '../../src/schema/evolution/former-names.ts';
import { schema } from '../../src/schema/index.ts';
import { deprecatedUse } from '../../src/server/deprecated-use.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { deskAndAnnex } from '../kit/data/projects.ts';

// How fields, arguments, fields of inputs and values of enums are renamed: one line with the former name.
const renamed = {
  'Environment.title': 'name',
  'Query.allJobs': 'jobs',
  'Query.environment(path:)': 'ref',
  'Environment.jobs(where:)': 'filter',
  'ProjectOrder.by': 'field',
  'JobFilter.like': 'pattern',
  'CreateEnvironmentInput.title': 'name',
  'OrderDirection.UP': 'ASC',
  'ManifestMode.FILES': 'READ_ONLY',
};

const enums = ['OrderDirection', 'ManifestMode'].map((name) => schema.getType(name) as GraphQLEnumType);

let app: TestApp;
beforeAll(async () => {
  const before = enums.map((type) => type.toConfig());
  addFormerNames(schema, renamed);
  // Other files use the same schema.
  undo = () => {
    enums.forEach((type, at) =>
      Object.assign(type, new GraphQLEnumType(before[at] as (typeof before)[number])),
    );
    for (const [typeName, name] of [
      ['Environment', 'title'],
      ['Query', 'allJobs'],
      ['ProjectOrder', 'by'],
      ['JobFilter', 'like'],
      ['CreateEnvironmentInput', 'title'],
    ] as const) {
      Reflect.deleteProperty(fieldsOf(typeName), name);
    }
    for (const field of [fieldsOf('Query').environment, fieldsOf('Environment').jobs])
      (field?.args as GraphQLArgument[]).pop();
  };
  app = await startTestApp({ projects: deskAndAnnex });
});
let undo = (): void => undefined;
afterAll(async () => {
  undo();
  await app.stop();
});

function fieldsOf<Type extends GraphQLObjectType | GraphQLInputObjectType = GraphQLObjectType>(
  type: string,
): ReturnType<Type['getFields']> {
  return (schema.getType(type) as Type).getFields() as ReturnType<Type['getFields']>;
}

/** What the log says of uses, without what it always says. */
const uses = (): [string, unknown][] =>
  app.logged.flatMap(({ message, fields }): [string, unknown][] => {
    const [, what] = /^a client uses what is deprecated: (.*)$/.exec(message) ?? [];
    return what === undefined ? [] : [[what, fields.uses]];
  });

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
    'The field Query.allJobs is deprecated. Use `jobs`.',
    'The field Environment.title is deprecated. Use `name`.',
  ];
  expect(new Set(uses().map(([message]) => message))).toEqual(new Set([jobs, title]));
  expect(uses()).toHaveLength(2);
  await app.query('{ environment(ref: "desk/dev") { name } }');
  expect(uses()).toHaveLength(2);
});

test('a renamed argument is taken by both names, at the root and below, also when it is required', async () => {
  const query = (ref: string, filter: string): string =>
    `query ($pattern: String) { environment(${ref}: "desk/dev") { jobs(${filter}: { pattern: $pattern }) { nodes { name } } } }`;
  const byPresent = await app.query(query('ref', 'filter'), { pattern: '*a*' });
  expect(JSON.stringify(byPresent)).toContain('"name"');
  for (let i = 0; i < 3; i += 1) {
    const { result, statements } = await app.counting(() =>
      app.query(query('path', 'where'), { pattern: '*a*' }),
    );
    expect(result).toEqual(byPresent);
    expect(statements.length).toBe(1);
  }
  expect(await app.query(query('path', 'where'), { pattern: 'nosuch' })).toEqual({
    environment: { jobs: { nodes: [] } },
  });
  const both = await app.send('{ environment(ref: "desk/dev", path: "desk/prod") { name } }');
  expect(both.errors?.[0]?.message).toContain('only one argument named "ref"');
  const none = await app.send('{ environment { name } }');
  expect(none.errors?.[0]?.message).toContain('"ref"');
  const printed = printSchema(schema);
  expect(printed).toContain('path: ID @deprecated(reason: "Use `ref`.")');
  expect(uses()).toContainEqual(['Field "Query.environment" argument "path" is deprecated. Use `ref`.', 1]);
  expect(uses()).toContainEqual([
    'Field "Environment.jobs" argument "where" is deprecated. Use `filter`.',
    1,
  ]);
});

test('a renamed field of an input is taken by both names, in the document and in variables, also when it is required', async () => {
  const written = (filter: string, orderBy: string): string =>
    `{ jobs(filter: ${filter}) { nodes { name } } projects(orderBy: ${orderBy}) { nodes { name } } }`;
  const present = await app.query(written('{ pattern: "t*" }', '{ field: CREATED_AT, direction: DESC }'));
  expect(JSON.stringify(present)).toContain('"tickets"');
  const former = written('{ like: "t*" }', '{ by: CREATED_AT, direction: DESC }');
  const inVariables =
    'query ($filter: JobFilter, $orderBy: ProjectOrder!) { jobs(filter: $filter) { nodes { name } } projects(orderBy: $orderBy) { nodes { name } } }';
  const values = { filter: { like: 't*' }, orderBy: { by: 'CREATED_AT', direction: 'DESC' } };
  for (let i = 0; i < 3; i += 1) {
    expect(await app.query(former)).toEqual(present);
    expect(await app.query(inVariables, values)).toEqual(present);
  }
  const checked = await app.query(
    'mutation ($input: ValidateInput!) { validate(input: $input) { __typename } }',
    { input: { createEnvironment: { project: 'nosuch', title: 'live' } } },
  );
  expect(checked).toEqual({ validate: { __typename: 'NotFound' } });
  const missing = await app.send(written('{}', '{ direction: ASC }'));
  expect(missing.errors?.[0]?.message).toContain('"ProjectOrder.field"');
  const orderBy = { by: 'NAME', field: 'NAME', direction: 'ASC' };
  const both = await app.send(inVariables, { orderBy });
  expect(both.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const twice = await app.send(written('{ like: "a", pattern: "b" }', '{ field: NAME, direction: ASC }'));
  expect(twice.errors?.[0]?.message).toContain('"pattern"');
  expect(printSchema(schema)).toContain('by: ProjectOrderField @deprecated(reason: "Use `field`.")');
  for (const field of ['ProjectOrder.by', 'JobFilter.like', 'CreateEnvironmentInput.title']) {
    expect(uses().filter(([message]) => message.includes(field))).toHaveLength(1);
  }
});

test('a renamed value is taken by both names, in the document and in variables, and answered by the present one', async () => {
  const text =
    'query ($direction: OrderDirection!) { projects(orderBy: { field: NAME, direction: $direction }) { nodes { name manifestMode } } }';
  const present = await app.query(text, { direction: 'ASC' });
  expect(present).toMatchObject({ projects: { nodes: [{ manifestMode: 'READ_ONLY' }, {}] } });
  const said = (): unknown[] => uses().filter(([message]) => message.startsWith('The enum value'));
  expect(said()).toEqual([]);
  for (let i = 0; i < 3; i += 1) expect(await app.query(text, { direction: 'UP' })).toEqual(present);
  expect(said()).toEqual([['The enum value "OrderDirection.UP" is deprecated. Use `ASC`.', 1]]);
  const written = text.replace('$direction }', 'UP }').replace('query ($direction: OrderDirection!)', '');
  expect(await app.query(written)).toEqual(present);
  const inList =
    'query ($orderBy: ProjectOrder) { projects(orderBy: $orderBy) { nodes { name manifestMode } } }';
  expect(await app.query(inList, { orderBy: { field: 'NAME', direction: 'UP' } })).toEqual(present);
  expect(await app.query(inList, { orderBy: null })).toMatchObject({ projects: {} });
});

test('a former name must lead to something, and be nothing itself', () => {
  expect(() => addFormerNames(schema, { 'Run.finishedAt': 'nosuch' })).toThrow('there is no nosuch');
  expect(() => addFormerNames(schema, { 'Run.status': 'kind' })).toThrow('there itself');
  expect(() => addFormerNames(schema, { 'Query.runs(which:)': 'nosuch' })).toThrow('there is no nosuch');
  expect(() => addFormerNames(schema, { 'Query.runs(first:)': 'last' })).toThrow('there itself');
  expect(() => addFormerNames(schema, { 'JobFilter.like': 'nosuch' })).toThrow('there is no nosuch');
  expect(() => addFormerNames(schema, { 'RunFilter.kinds': 'statuses' })).toThrow('there itself');
  expect(() => addFormerNames(schema, { 'RunStatus.DONE': 'NOSUCH' })).toThrow('there is no NOSUCH');
  expect(() => addFormerNames(schema, { 'RunStatus.LOST': 'FAILED' })).toThrow('there itself');
});

test('the count goes on between the lines of the log', () => {
  const said: unknown[] = [];
  let time = 0;
  const log = { info: () => undefined, error: () => undefined, warn: (fields: object) => said.push(fields) };
  const note = deprecatedUse(schema, log, () => time);
  const document = parse('{ environment(ref: "x") { title } }');
  for (const seconds of [0, 1, 59, 61, 62]) {
    time = seconds * 1000;
    note(document, {});
  }
  expect(said).toEqual([{ uses: 1 }, { uses: 4 }]);
});
