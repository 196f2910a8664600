import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { listed, placeState, readState, storedText } from '../../kit/verbs/states.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const importInto = (environment: string, states: { states: object[] } | { text: string }) =>
  done<{ environment: { id: string } }>(app, 'importState', { environment, ...states }, 'environment { id }');

interface Exported {
  json: unknown;
  text: string;
}

interface Export {
  count: number;
  states: { stateId: string; completed: Exported; partial: Exported }[];
  text: string;
}

const exportOf = (project: string, environment: string, filter = '') =>
  app.send<{ project: { environment: { stateExport: Export | null } } }>(
    `{ project(ref: "${project}") { environment(name: "${environment}") { stateExport${filter} { count states { stateId completed { json text } partial { json text } } text } } } }`,
  );

async function exported(project: string, environment: string, filter = ''): Promise<Export> {
  const { data, errors } = await exportOf(project, environment, filter);
  expect(errors).toBeUndefined();
  return data.project.environment.stateExport as Export;
}

describe('importState', () => {
  test('writes both documents of each id, as one version each, and leaves the others alone', async () => {
    await placeState(app, 'desk/dev/known', { completed: '{"singer_state": 1}' });
    await placeState(app, 'desk/dev/beside', { completed: '{"singer_state": "beside"}' });
    const text =
      '{"known": {"completed": {"singer_state": {"id": 9007199254740993}}, "partial": {"singer_state": {"f": 1.50}}}, "dev:a-to-b": {"partial": {}, "completed": {}}, "__proto__": {"completed": {"x": {}}, "partial": {}}}';
    await importInto('desk/dev', { text });
    expect(await storedText(app, 'known')).toEqual([
      '{"singer_state":{"id":9007199254740993}} {"singer_state":{"f":1.50}}',
    ]);
    expect((await readState(app, 'desk/dev/known'))?.versions.nodes).toMatchObject([
      { version: 2, change: 'IMPORT' },
      { version: 1, change: 'RUN', completed: { singer_state: 1 } },
    ]);
    expect(await readState(app, 'desk/dev/dev:a-to-b')).toMatchObject({
      ...{ completed: {}, partial: {}, version: 1, versions: { nodes: [{ change: 'IMPORT' }] } },
    });
    expect((await readState(app, 'desk/dev/__proto__'))?.completed).toEqual({ x: {} });
    expect((await readState(app, 'desk/dev/beside'))?.version).toBe(1);
  });

  test('takes a thousand states in as many statements as one', async () => {
    const some = (length: number, value: number) => ({
      states: Array.from({ length }, (_, i) => ({
        stateId: `dev:tap-${i}-to-target`,
        ...{ completed: { json: { singer_state: { value } } }, partial: { text: '{}' } },
      })),
    });
    const asText = (length: number, value: number) => {
      const entry = { completed: { singer_state: { value } }, partial: {} };
      const ids = Array.from({ length }, (_, i) => `dev:tap-${i}-to-target`);
      return { text: JSON.stringify(Object.fromEntries(ids.map((id) => [id, entry]))) };
    };
    const { statements: few } = await app.counting(() => importInto('desk/prod', some(1, 1)));
    const { statements } = await app.counting(() => importInto('desk/prod', some(1000, 2)));
    expect(statements).toHaveLength(few.length);
    const { statements: again } = await app.counting(() => importInto('desk/prod', asText(1000, 3)));
    expect(again).toHaveLength(few.length);
    const { count, states } = await exported('desk', 'prod');
    expect(count).toBe(1000);
    expect(states.map(({ stateId }) => stateId)).toEqual(states.map(({ stateId }) => stateId).toSorted());
    expect(states.find(({ stateId }) => stateId === 'dev:tap-999-to-target')).toMatchObject({
      completed: { json: { singer_state: { value: 3 } } },
      partial: { json: {}, text: '{}' },
    });
    expect((await readState(app, 'desk/prod/dev:tap-0-to-target'))?.version).toBe(3);
    for (const tooMany of [some(1001, 4), asText(1001, 4)]) {
      const answer = await refused(app, 'importState', { environment: 'desk/prod', ...tooMany });
      expect(mistakes(answer)).toEqual([`input.${Object.keys(tooMany)[0]}: TOO_MANY`]);
    }
    await placeState(app, 'desk/prod/one-more', {});
    const { data, errors } = await exportOf('desk', 'prod');
    expect(data.project.environment.stateExport).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
  });

  test.each<[string, unknown, string[]]>([
    ['a list', [], ['BAD_JSON']],
    ['what is no JSON', '{', ['BAD_JSON']],
    ['null for a document', { a: { completed: {}, partial: null } }, ['BAD_DOCUMENTS']],
    ['a document that is missing', { a: { completed: {} } }, ['BAD_DOCUMENTS']],
    ['a list for a document', { a: { completed: [], partial: {} } }, ['BAD_DOCUMENTS']],
    ['a state in place of its documents', { a: { singer_state: {} } }, ['BAD_DOCUMENTS']],
    ['more than the documents', { a: { completed: {}, partial: {}, x: 1 } }, ['BAD_DOCUMENTS']],
    ['null for a state', { a: null }, ['BAD_DOCUMENTS']],
    [
      'ids that cannot be',
      { 'a/b': { completed: {}, partial: {} }, '': 1 },
      ['BAD_STATE_ID', 'BAD_STATE_ID', 'BAD_DOCUMENTS'],
    ],
    ['a number beyond all', '{"a": {"completed": {"n": 1e999}, "partial": {}}}', ['BAD_NUMBER']],
    ['a NUL', { a: { completed: { n: '\0' }, partial: {} } }, ['BAD_TEXT']],
  ])('refuses %s in a text, and writes none of its states', async (_what, states, codes) => {
    const good = { completed: { singer_state: 1 }, partial: {} };
    const isObject = typeof states === 'object' && !Array.isArray(states);
    const all = isObject ? { good, ...states } : states;
    const text = typeof all === 'string' ? all : JSON.stringify(all);
    const answer = await refused(app, 'importState', { environment: 'desk/dev', text });
    expect(mistakes(answer)).toEqual(codes.map((code) => `input.text: ${code}`));
  });

  test('lists all that is wrong with states, and writes none of them', async () => {
    const partial = { json: {} };
    const states = [
      { stateId: 'good', completed: { json: { singer_state: 1 } }, partial },
      { stateId: 'a/b', completed: { text: '{' }, partial: { json: [] } },
      { stateId: 'good', completed: { json: { n: 2 ** 60, t: '\0' } }, partial: { text: '{"n": 1e999}' } },
    ];
    const answer = await refused(app, 'importState', { environment: 'desk/dev', states });
    expect(mistakes(answer)).toEqual([
      'input.states.1.stateId: BAD_STATE_ID',
      'input.states.1.completed.text: BAD_JSON',
      'input.states.1.partial.json: NOT_AN_OBJECT',
      'input.states.2.stateId: REPEATED',
      'input.states.2.completed.json: INEXACT_NUMBER',
      'input.states.2.completed.json: BAD_TEXT',
      'input.states.2.partial.text: BAD_NUMBER',
    ]);
    const long = { json: { a: 'x'.repeat(2_600_000) } };
    const tooLong = ['a', 'b'].map((stateId) => ({ stateId, completed: long, partial }));
    expect(mistakes(await refused(app, 'importState', { environment: 'desk/dev', states: tooLong }))).toEqual(
      ['input.states: TOO_LONG'],
    );
  });

  test('takes either states or a text', async () => {
    for (const input of [{}, { states: null, text: null }, { states: [], text: '{}' }]) {
      const answer = await refused(app, 'importState', { environment: 'desk/dev', ...input });
      expect(mistakes(answer)).toEqual(['input.states: ONE_OF']);
    }
  });

  test('is refused as a whole while a run holds one of the ids', async () => {
    const held = await hold(app, 'desk/dev/held');
    const entry = { completed: { singer_state: 1 }, partial: {} };
    const states = { open: entry, held: entry };
    for (const [input, path] of [
      [{ states: listed(states) }, ['input', 'states', '1', 'stateId']],
      [{ text: JSON.stringify(states) }, ['input', 'text']],
    ] as const) {
      expect(await refused(app, 'importState', { environment: 'desk/dev', ...input })).toMatchObject({
        ...{ __typename: 'Busy', path, run: { id: held.run } },
        message: 'A run holds the state id "held"; wait until it ends, or cancel it.',
      });
    }
    await held.release();
  });

  test('of nothing changes nothing', async () => {
    await importInto('desk/dev', { states: [] });
    await importInto('desk/dev', { text: '{}' });
  });
});

describe('stateExport', () => {
  test('gives what importState takes, to the digit', async () => {
    await placeState(app, 'annex/dev/one', {
      completed: '{"singer_state":{"id":9007199254740993,"t":"\\"n1\\" ü \\\\"}}',
      partial: '{"singer_state":{"f":1.50}}',
    });
    await placeState(app, 'annex/dev/two "quoted"', { partial: '{"singer_state":null}' });
    const first = await exported('annex', 'dev');
    expect(first.count).toBe(2);
    const entries = first.states.map(({ stateId, completed, partial }) => [
      stateId,
      { completed: completed.json, partial: partial.json },
    ]);
    expect(JSON.parse(first.text)).toEqual(Object.fromEntries(entries));
    await importInto('annex/dev', { text: first.text });
    const second = await exported('annex', 'dev');
    expect(second.text).toBe(first.text);
    const states = first.states.map(({ stateId, completed, partial }) => ({
      ...{ stateId, completed: { text: completed.text }, partial: { text: partial.text } },
    }));
    await importInto('annex/dev', { states });
    expect(await exported('annex', 'dev')).toEqual(first);
    expect(second.text).toContain('9007199254740993');
    expect(second.text).toContain('1.50');
  });

  test.each([
    ['*', 4],
    ['p%*', 1],
    ['p_x', 1],
    ['p?x', 2],
    ['P*', 0],
    ['\\\\*', 1],
    ['\\u0000', 0],
  ])('takes a pattern such as %s, and lists do too', async (pattern, count) => {
    for (const stateId of ['p_x', 'pax', 'p%y', '\\z']) {
      await placeState(app, `annex/dev/${stateId}`, { completed: '{"singer_state": 1}' });
    }
    for (const stateId of ['one', 'two "quoted"']) {
      const state = await readState(app, `annex/dev/${stateId}`);
      if (state) await done(app, 'clearState', { state: state.id }, 'state { id }');
    }
    const filter = `(filter: { pattern: "${pattern}" })`;
    expect((await exported('annex', 'dev', filter)).count).toBe(count);
    const { project } = await app.query<{ project: { environment: { states: { totalCount: number } } } }>(
      `{ project(ref: "annex") { environment(name: "dev") { states${filter} { totalCount } } } }`,
    );
    expect(project.environment.states.totalCount).toBe(count);
  });

  test('reads the states of many environments in one statement', async () => {
    const query = (names: string): string =>
      `{ projects { nodes { environments { nodes { stateExport(filter: { pattern: "${names}" }) { count } } } } } }`;
    const { statements } = await app.counting(() => app.query(query('known')));
    expect(statements).toHaveLength(2);
  });

  test('refuses to give out more than can be taken in', async () => {
    const long = JSON.stringify({ singer_state: 'x'.repeat(2_500_000) });
    for (const stateId of ['big-1', 'big-2']) {
      await placeState(app, `desk/dev/${stateId}`, { completed: long });
    }
    const { data, errors } = await exportOf('desk', 'dev');
    expect(data.project.environment.stateExport).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
    expect((await exported('desk', 'dev', '(filter: { pattern: "big-1" })')).count).toBe(1);
  });
});
