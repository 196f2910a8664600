import { buildClientSchema, getIntrospectionQuery, printSchema, type IntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { limits } from '../../src/server/limits.ts';
import { variableLimits } from '../../src/server/variables.ts';
import type { Answer, TestApp } from '../kit/app.ts';
import { subscribe, type StreamEvent } from '../kit/events.ts';
import { sendRaw } from '../kit/http.ts';
import { startSampleApp } from '../kit/sample-app.ts';

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ app, stop } = await startSampleApp({ slots: 0 }));
});
afterAll(() => stop());

/** What an answer says is wrong: code and message of each error. */
const complaints = ({ errors }: Pick<Answer, 'errors'>): string[] =>
  (errors ?? []).map(({ message, extensions }) => `${String(extensions?.code)}: ${message}`);

test('an operation may be as deep as the limit, and not deeper', async () => {
  const step = (depth: number): string =>
    depth === 1 ? 'project(ref: "demo")' : depth % 2 === 0 ? 'environment(name: "dev")' : 'project';
  const ofDepth = (depth: number): string =>
    `{ ${Array.from({ length: depth - 1 }, (_, i) => `${step(i + 1)} {`).join(' ')} name ${'}'.repeat(depth)}`;
  expect((await app.send(ofDepth(limits.depth))).errors).toBeUndefined();
  const tooDeep = ['LIMIT_EXCEEDED: Query depth limit of 24 exceeded, found 25.'];
  expect(complaints(await app.send(ofDepth(limits.depth + 1)))).toEqual(tooDeep);
});

test('depth is counted through fragments', async () => {
  const fragments = Array.from(
    { length: 12 },
    (_, i) => `fragment f${i} on Environment { project { environment(name: "dev") { ...f${i + 1} } } }`,
  );
  const query = `{ project(ref: "demo") { environment(name: "dev") { ...f0 } } } ${fragments.join(' ')} fragment f12 on Environment { name }`;
  expect(complaints(await app.send(query))).toEqual([
    expect.stringMatching(/^LIMIT_EXCEEDED: Query depth limit of 24 exceeded, found \d+\.$/),
  ]);
});

test.each(['__typename', 'projects(first: 1) { nodes { name } }'])(
  'an operation may rename as many fields as the limit, and not more: %s',
  async (field) => {
    const renaming = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ')} }`;
    const { data, errors } = await app.send<object>(renaming(limits.aliases));
    expect(errors).toBeUndefined();
    expect(Object.keys(data)).toHaveLength(limits.aliases);
    expect(complaints(await app.send(renaming(limits.aliases + 1)))).toEqual([
      'LIMIT_EXCEEDED: Aliases limit of 50 exceeded, found 51.',
    ]);
  },
);

test('an operation may have as many tokens as the limit, and not more', async () => {
  const ofTokens = (count: number): string =>
    `{ __typename ${'...f '.repeat((count - 10) / 2)} } fragment f on Query { __typename }`;
  expect(await app.send(ofTokens(limits.tokens))).toEqual({ data: { __typename: 'Query' } });
  const tooMany = ['LIMIT_EXCEEDED: Token limit of 4000 exceeded.'];
  expect(complaints(await app.send(ofTokens(limits.tokens + 2)))).toEqual(tooMany);
});

test('a selection may name a field and spread fragments as often as the limits, and not more', async () => {
  const repeating = (count: number): string => `{ ${'projects { totalCount } '.repeat(count)} }`;
  expect((await app.send(repeating(limits.repeats))).errors).toBeUndefined();
  expect(complaints(await app.send(repeating(limits.repeats + 1)))).toEqual([
    'LIMIT_EXCEEDED: A selection names a field 21 times; 20 are allowed.',
  ]);
  const spreading = (count: number): string => {
    const names = Array.from({ length: count }, (_, i) => `f${i}`);
    return `{ ${names.map((name) => `...${name}`).join(' ')} } ${names.map((name) => `fragment ${name} on Query { projects { totalCount } }`).join(' ')}`;
  };
  expect((await app.send(spreading(limits.spreads))).errors).toBeUndefined();
  expect(complaints(await app.send(spreading(limits.spreads + 1)))).toEqual([
    'LIMIT_EXCEEDED: A selection spreads 51 fragments; 50 are allowed.',
  ]);
});

describe('the number of objects that an answer could hold', () => {
  const refused = (count: number): string[] => [
    `LIMIT_EXCEEDED: The answer could hold ${count} objects; 500000 are allowed. Ask for smaller pages.`,
  ];
  const pages = (size: string): string =>
    `projects(first: ${size}) { nodes { environments(first: ${size}) { nodes { jobs(first: ${size}) { nodes { name } } } } } }`;

  test('is what the pages multiply to', async () => {
    expect((await app.send(`{ ${pages('79')} }`)).errors).toBeUndefined();
    expect(complaints(await app.send(`{ ${pages('80')} }`))).toEqual(refused(80 + 80 ** 2 + 80 ** 3));
  });

  test('is taken up to the limit, and not one more', async () => {
    const most = `projects(first: 50) { nodes { environments(first: 99) { nodes { jobs(first: 100) { nodes { name } } } } } }`;
    expect(50 + 50 * 99 + 50 * 99 * 100).toBe(limits.nodes);
    expect((await app.send(`{ ${most} }`)).errors).toBeUndefined();
    const oneMore = `{ ${most} more: projects(first: 1) { nodes { name } } }`;
    expect(complaints(await app.send(oneMore))).toEqual(refused(limits.nodes + 1));
  });

  test('is counted with the pages of the default size where none is given', async () => {
    const lists = ['projects', 'environments', 'jobs', 'runs', 'logs'];
    const query = `{ ${lists.map((list) => `${list} { nodes {`).join(' ')} __typename ${'} }'.repeat(5)} }`;
    const count = 20 + 20 ** 2 + 20 ** 3 + 20 ** 4 + 20 ** 5;
    expect(complaints(await app.send(query))).toEqual(refused(count));
  });

  test('is counted through fragments, aliases and edges', async () => {
    const query = `{ a: projects(first: 60) { ...a } b: projects(last: 60) { ...a } c: projects(first: 60) { ...a } }
      fragment a on ProjectConnection { edges { node { environments(first: 60) { nodes { ...b } } } } }
      fragment b on Environment { ... on Environment { jobs(last: 60) { edges { node { name } } } } }`;
    const count = 3 * (60 + 60 ** 2 + 60 ** 3);
    expect(complaints(await app.send(query))).toEqual(refused(count));
  });

  test('is counted for objects that are asked for by id', async () => {
    const ids = Array.from({ length: 100 }, () => '"x"').join(', ');
    const query = `{ nodes(ids: [${ids}]) { ... on Project { environments(first: 100) { nodes { jobs(first: 100) { nodes { name } } } } } } }`;
    expect(complaints(await app.send(query))).toEqual(refused(100 * (1 + 100 + 100 ** 2)));
  });

  test('is counted for lists of times', async () => {
    const query = `{ projects(first: 100) { nodes { environments(first: 100) { nodes { schedules(first: 1) { nodes { nextRuns(first: 100) { dueAt } } } } } } } }`;
    const count = 100 * (1 + 100 * (1 + 1 * (1 + 100)));
    expect(complaints(await app.send(query))).toEqual(refused(count));
  });

  test('is counted for lists without pages that lead on, as for pages of the default size', async () => {
    const step = 'environments(first: 50) { nodes { tests { name plugin { project {';
    const nested = (depth: number): string =>
      `{ projects(first: 1) { nodes { ${step.repeat(depth)} name ${'} } } } }'.repeat(depth)} } } }`;
    const level = (below: number): number => 50 * (1 + 20 * below);
    expect(complaints(await app.send(nested(2)))).toEqual([]);
    expect(complaints(await app.send(nested(3)))).toEqual(refused(1 + level(level(level(0)))));
  });

  // The outcome of validation is kept for each document; this count must not be.
  test('depends on the variables of each request, whatever was asked with them before', async () => {
    for (const sizes of [
      [1, 100, 1],
      [100, 1, 100],
    ]) {
      const query = `query From${sizes[0]} ($size: Int) { ${pages('$size')} }`;
      for (const size of sizes) {
        const found = complaints(await app.send(query, { size }));
        expect({ size, found }).toEqual({ size, found: size === 1 ? [] : refused(1_010_100) });
      }
    }
  });

  test('is counted for the operation that is asked for, and for no other in the document', async () => {
    const query = `query Large ($size: Int!) { ${pages('$size')} } query Small { __typename }`;
    const answer = async (operationName: string, variables: object): Promise<unknown> => {
      const body = JSON.stringify({ query, operationName, variables });
      const headers = { 'content-type': 'application/json' };
      return JSON.parse((await sendRaw(app.url, { headers, body: [body] })).body);
    };
    expect(await answer('Small', {})).toEqual({ data: { __typename: 'Query' } });
    expect(complaints((await answer('Large', { size: 100 })) as Answer)).toEqual(refused(1_010_100));
  });

  test.each([
    [
      'an object',
      'runUpdated(run: "demo/dev/sales") { project { environments(first: 100) { nodes { jobs(first: 100) { nodes { runs(first: 100) { nodes { id } } } } } } } }',
      1_010_100,
    ],
    // An event has 500 runs at most.
    [
      'many objects',
      'runsUpdated { nodes { retries(first: 100) { nodes { retries(first: 100) { nodes { id } } } } } }',
      5_050_000,
    ],
  ])('is limited in subscriptions to %s, too', async (_what, selection, count) => {
    const events: StreamEvent<unknown>[] = [];
    for await (const event of subscribe(app.url, `subscription { ${selection} }`)) events.push(event);
    expect(events.flatMap(({ errors }) => complaints({ errors: errors ?? [] }))).toEqual(refused(count));
  });

  test('cannot be hidden in fragments that spread fragments over and over', async () => {
    const fragments = Array.from(
      { length: 9 },
      (_, i) => `fragment f${i} on Query { ${`...f${i + 1} `.repeat(9)} }`,
    );
    const query = `{ ...f0 } ${fragments.join(' ')} fragment f9 on Query { __typename }`;
    expect(complaints(await app.send(query))).toEqual([
      'LIMIT_EXCEEDED: Query exceeds the maximum allowed number of nodes.',
    ]);
  });
});

test.each([
  `{ ${'... { '.repeat(24)} __typename ${'}'.repeat(24)} }`,
  `{ __typename ${'...f '.repeat(limits.tokens)} } fragment f on Query { __typename }`,
  '{ projects(first: 100) { nodes { environments(first: 100) { nodes { jobs(first: 100) { nodes { id } } } } } } }',
])(
  'what is over a limit is a bad request in the media type of GraphQL, and a 200 in plain JSON',
  async (query) => {
    const ask = async (accept: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', accept };
      const { status, body } = await sendRaw(app.url, { headers, body: [JSON.stringify({ query })] });
      expect(body).toContain('LIMIT_EXCEEDED');
      return status;
    };
    expect(await ask('application/graphql-response+json')).toBe(400);
    expect(await ask('application/json')).toBe(200);
  },
);

describe('variables', () => {
  const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';

  test('with mistakes are not looked at further than the first', async () => {
    for (const count of [5000, 15_000]) {
      const { data, errors } = await app.send(nodes, { ids: Array.from({ length: count }, () => ({})) });
      expect(data).toBeUndefined();
      const found = complaints({ errors: errors ?? [] });
      expect(found).toHaveLength(variableLimits.mistakes + 1);
      expect(found[0]).toBe(
        'BAD_USER_INPUT: Variable "$ids" got invalid value {} at "ids[0]"; ID cannot represent value: {}',
      );
      expect(found.at(-1)).toMatch(/^BAD_USER_INPUT: Too many errors/);
    }
  });

  test('may have as many values as the limit, and not more', async () => {
    const refused = [
      'LIMIT_EXCEEDED: The variable "$ids" has too many values: all variables together may have 20000.',
    ];
    for (const value of ['x', {}]) {
      const ids = Array.from({ length: 100_000 }, () => value);
      expect(complaints(await app.send(nodes, { ids }))).toEqual(refused);
    }
    const query = `query ($ids: [ID!]!, $more: [ID!]!) { nodes(ids: $ids) { id } more: nodes(ids: $more) { id } }`;
    const half = Array.from({ length: variableLimits.values / 2 }, () => 'x');
    expect(complaints(await app.send(query, { ids: half.slice(1), more: half.slice(1) }))).toEqual([
      'TOO_MANY: `ids` has 9,999 entries; at most 100 are allowed.',
      'TOO_MANY: `ids` has 9,999 entries; at most 100 are allowed.',
    ]);
    expect(complaints(await app.send(query, { ids: half, more: half }))).toEqual([
      refused[0]?.replace('$ids', '$more'),
    ]);
  });

  test('of an input are counted with all that is in them', async () => {
    const tasks = Array.from({ length: 100_000 }, () => ({ blocks: ['x'] }));
    const answer = await app.send(
      'mutation ($input: CreateJobInput!) { createJob(input: $input) { __typename } }',
      { input: { environment: 'demo/dev', name: 'many', tasks } },
    );
    expect(complaints(answer)).toEqual([refusedInput]);
  });
  const refusedInput =
    'LIMIT_EXCEEDED: The variable "$input" has too many values: all variables together may have 20000.';

  test('that do not fit are not repeated at length', async () => {
    const { errors = [] } = await app.send('query ($first: Int) { projects(first: $first) { totalCount } }', {
      first: 'x'.repeat(1_000_000),
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message.length).toBeLessThan(2000);
    expect(errors[0]?.message).toMatch(/^Variable "\$first" got invalid value "x+…/);
  });
});

describe('arguments over a maximum, wherever their values are', () => {
  const long = 'x'.repeat(10_001);
  const many = Array.from({ length: 101 }, () => 'x');
  const tooLong = (path: string): string =>
    `TOO_LONG: \`${path}\` has 10,001 characters; at most 10,000 are allowed.`;
  const tooMany = (path: string): string => `TOO_MANY: \`${path}\` has 101 entries; at most 100 are allowed.`;
  const states = (filter: string): string =>
    `project(ref: "demo") { environment(name: "dev") { states(filter: ${filter}) { totalCount } } }`;

  test.each<[string, string, string, Record<string, unknown>?]>([
    ['a text in the document', `{ project(ref: "${long}") { name } }`, tooLong('ref')],
    ['a block text', `{ project(ref: """${long}""") { name } }`, tooLong('ref')],
    ['a list in the document', `{ nodes(ids: ${JSON.stringify(many)}) { id } }`, tooMany('ids')],
    ['an entry of a list', `{ nodes(ids: ["x", "${long}"]) { id } }`, tooLong('ids.1')],
    ['a text in place of a list', `{ nodes(ids: "${long}") { id } }`, tooLong('ids.0')],
    ['a field of an input', `{ ${states(`{ pattern: "${long}" }`)} }`, tooLong('filter.pattern')],
    [
      'the default of a variable',
      `query ($n: ID! = "${long}") { project(ref: $n) { name } }`,
      tooLong('ref'),
    ],
    ['a variable', 'query ($n: ID!) { project(ref: $n) { name } }', tooLong('ref'), { n: long }],
    [
      'a variable in a list',
      'query ($n: ID!) { nodes(ids: ["x", $n]) { id } }',
      tooLong('ids.1'),
      { n: long },
    ],
    [
      'a variable in an input',
      `query ($n: String) { ${states('{ pattern: $n }')} }`,
      tooLong('filter.pattern'),
      { n: long },
    ],
    [
      'an input as a variable',
      `query ($n: StateFilter) { ${states('$n')} }`,
      tooLong('filter.pattern'),
      { n: { pattern: long } },
    ],
    [
      'a variable in a fragment',
      'query ($n: [ID!]!) { ...f } fragment f on Query { nodes(ids: $n) { id } }',
      tooMany('ids'),
      { n: many },
    ],
  ])('%s', async (_title, query, complaint, variables) => {
    // The second time it is compiled, if it is executed at all.
    for (let times = 0; times < 2; times += 1) {
      const answer = await app.send<unknown>(query, variables);
      expect(answer.data).toBeUndefined();
      expect(complaints(answer as Answer)).toEqual([complaint]);
    }
  });

  test('in what a mutation answers, before it changes anything', async () => {
    const query = `mutation { createProject(input: { name: "unread" }) {
      ... on CreateProjectSuccess { project { environment(name: "${long}") { name } } } } }`;
    expect(complaints(await app.send(query))).toEqual([tooLong('name')]);
    expect(await app.query('{ project(ref: "unread") { name } }')).toEqual({ project: null });
  });

  test('of an input in the document, as of one in a variable', async () => {
    const input = `{ environment: "demo/dev", command: "${long}" }`;
    const answer = await app.query(
      `mutation { runCommand(input: ${input}) { ... on InvalidInput { fields { path code } } } }`,
    );
    const fields = [{ path: ['input', 'command'], code: 'TOO_LONG' }];
    expect(answer).toEqual({ runCommand: { fields } });
  });
});

describe('introspection', () => {
  test('gives code generators and GraphiQL the whole schema', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      schemaDescription: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const data = await app.query<IntrospectionQuery>(query);
    const sorted = (text: string): string[] => text.split('\n\n').sort();
    expect(sorted(printSchema(buildClientSchema(data)))).toEqual(sorted(printSchema(schema)));
  });

  test('cannot be nested over and over', async () => {
    const query = `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`;
    expect(complaints(await app.send(query))).toEqual([
      'GRAPHQL_VALIDATION_FAILED: Maximum introspection depth exceeded',
    ]);
  });
});

test.each([
  ['{ projcts { nodes { name } } }', undefined],
  ['{ projects(frist: 1) { nodes { nam } } }', undefined],
  ['{ projects(orderBy: { field: NAMEE, direction: ASC }) { nodes { name } } }', undefined],
  ['{ node(id: "x") { ... on Projct { name } } }', undefined],
  ['{ node(id: "x") { nme } }', undefined],
  ['{ project(ref: "demo") }', undefined],
  ['mutation { runJob(input: { job: "x", tmeout: 1 }) { __typename } }', undefined],
  ['mutation ($input: RunJobInput!) { runJob(input: $input) { __typename } }', { input: { jobb: 'x' } }],
  [
    'query ($order: ProjectOrder) { projects(orderBy: $order) { nodes { name } } }',
    { order: { field: 'NAMEE', direction: 'ASC' } },
  ],
  ['query ($x: ProjectOrdr) { projects(orderBy: $x) { nodes { name } } }', undefined],
])('no name is offered instead of a wrong one: %s', async (query, variables) => {
  const { errors } = await app.send(query, variables);
  expect(errors?.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/did you mean|suggest/i);
});
