import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { fixture } from '../../kit/data/projects.ts';
import {
  changeState,
  given,
  placeState,
  readState,
  storedText,
  type StateFacts,
} from '../../kit/verbs/states.ts';
import { call, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const environment = 'desk/dev';
const set = async (stateId: string, state: unknown, rest: object = {}): Promise<{ state: StateFacts }> => ({
  state: await changeState(app, 'setState', { environment, stateId, document: given(state), ...rest }),
});

/** An answer as it was sent: to read it would round its numbers. */
async function answerText(query: string, variables: object = {}): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(app.url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

describe('setState', () => {
  test('makes a state that was not there, and each further one is a version', async () => {
    const first = { singer_state: { bookmarks: { tickets: { at: '2026-01-01' } } } };
    const { state } = await set('new', first);
    const version = { change: 'SET', stateId: 'new', partial: {} };
    expect(state).toEqual({
      ...{ id: state.id, stateId: 'new', path: 'desk/dev/new', completed: first, partial: {}, merged: first },
      ...{ version: 1, versions: { nodes: [{ ...version, version: 1, completed: first }] } },
    });
    const second = { singer_state: {}, note: 'beside' };
    expect((await set('new', second)).state).toMatchObject({
      ...{ id: state.id, completed: second, version: 2 },
      versions: {
        nodes: [
          { ...version, version: 2, completed: second },
          { ...version, version: 1, completed: first },
        ],
      },
    });
  });

  test('stores a long document as it is, and without copies of it in Prisma', async () => {
    const bookmark = (i: number): [string, object] => [
      `"tap-${i}" \\ \u00e9\ud83d\ude80`,
      { at: '2026-01-01', rows: i, 'long text': null },
    ];
    const long = { singer_state: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => bookmark(i))) };
    const { params, result } = await app.counting(() =>
      Promise.all(['long-a', 'long-b'].map((stateId) => set(stateId, { ...long, stateId }))),
    );
    expect(params.join().length).toBeLessThan(20_000);
    for (const { state } of result) {
      expect(state.completed).toEqual({ ...long, stateId: state.stateId });
      expect(state.versions.nodes).toMatchObject([{ completed: { ...long, stateId: state.stateId } }]);
    }
  });

  test('empties the partial document, which stays in the versions', async () => {
    const partial = { singer_state: { b: 2 } };
    await placeState(app, 'desk/dev/half', {
      completed: '{"singer_state": {"a": 1}}',
      partial: JSON.stringify(partial),
    });
    const { state } = await set('half', { singer_state: { c: 3 } });
    expect(state).toMatchObject({ completed: { singer_state: { c: 3 } }, partial: {}, version: 2 });
    expect(state.versions.nodes[1]).toMatchObject({ change: 'RUN', partial });
  });

  test('takes the environment by id too, and keeps the ids of two environments apart', async () => {
    const { project } = await app.query<{ project: { environment: { id: string } } }>(
      '{ project(ref: "desk") { environment(name: "prod") { id } } }',
    );
    await set('apart', { singer_state: 'dev' });
    await set('apart', { singer_state: 'prod' }, { environment: project.environment.id });
    expect((await readState(app, 'desk/dev/apart'))?.completed).toEqual({ singer_state: 'dev' });
    expect((await readState(app, 'desk/prod/apart'))?.completed).toEqual({ singer_state: 'prod' });
  });

  test('keeps large whole numbers of JSON text, in the state and in its versions', async () => {
    const text = '{"singer_state":{"id":9007199254740993,"float":1.50}}';
    await set('large', text);
    expect(await storedText(app, 'large')).toEqual([
      '{"singer_state":{"id":9007199254740993,"float":1.50}} {}',
    ]);
    const [version] = await app.app.store.prisma.$queryRaw<{ text: string }[]>`
      SELECT completed::text AS text FROM "StateVersion" WHERE "stateId" = 'large'`;
    expect(version?.text).toContain('9007199254740993');
  });

  test('answers them as they are stored, from a mutation and from queries', async () => {
    const state = '{"singer_state": {"id": 12345678901234567890, "share": 1.50}}';
    const documents =
      'completed { json text } merged { json text } versions { nodes { completed { json text } } }';
    const asked = `{ ... on SetStateSuccess { state { ${documents} } } }`;
    const input = { environment, stateId: 'digits', document: { text: state } };
    const texts = [
      await answerText(`mutation ($input: SetStateInput!) { setState(input: $input) ${asked} }`, { input }),
    ];
    const query = `{ project(ref: "desk") { environment(name: "dev") {
      state(stateId: "digits") { ${documents} }
      stateExport(filter: { pattern: "digits" }) { states { completed { json text } } }
    } } }`;
    for (let i = 0; i < 3; i += 1) texts.push(await answerText(query));
    for (const [i, text] of texts.entries()) {
      // As JSON and, with its quotes escaped, as text.
      const numbers = text.match(/12345678901234567890, ?\\?"share\\?": ?1\.50/g);
      expect(numbers?.filter((found) => found.includes('\\'))).toHaveLength(i === 0 ? 3 : 4);
      expect(numbers).toHaveLength(i === 0 ? 6 : 8);
    }
  });

  test.each([
    ['stateId', []],
    ['partial { json text }', ['partial']],
    ['completed { json } again: completed { text }', ['completed']],
    ['merged { text }', ['completed', 'partial']],
  ])('of states with %s, %j are read, in one statement', async (selection, columns) => {
    const query = `{ project(ref: "desk") { environment(name: "dev") { states { nodes { ${selection} } } } } }`;
    const { statements } = await app.counting(() => app.query(query));
    expect(statements).toHaveLength(1);
    const read = ['completed', 'partial'].filter((column) => statements[0]?.includes(`"${column}"`));
    expect(read).toEqual(columns);
  });

  test('refuses them as JSON, where they are rounded, as a literal and as a variable', async () => {
    const rounded = JSON.parse('{"singer_state": {"deep": [{"id": 9007199254740993}]}}') as unknown;
    const answer = await refused(app, 'setState', {
      environment,
      stateId: 'rounded',
      document: { json: rounded },
    });
    expect(mistakes(answer)).toEqual(['input.document.json: INEXACT_NUMBER']);
    expect(answer.message).toContain('`text`');
    const { setState } = await app.query<{ setState: { fields: { code: string }[] } }>(
      `mutation { setState(input: {
        environment: "desk/dev", stateId: "rounded", document: { json: { singer_state: { id: 9007199254740993 } } }
      }) { ... on InvalidInput { fields { code } } } }`,
    );
    expect(setState.fields).toEqual([{ code: 'INEXACT_NUMBER' }]);
    await set('safe', { singer_state: { id: Number.MAX_SAFE_INTEGER, low: Number.MIN_SAFE_INTEGER } });
  });

  const nested = (levels: number): unknown => (levels === 0 ? 1 : { singer_state: nested(levels - 1) });

  test.each<[string, unknown, string]>([
    ['no singer_state', { bookmarks: {} }, 'NO_SINGER_STATE'],
    ['a list', [{ singer_state: {} }], 'NO_SINGER_STATE'],
    ['a number', 5, 'NO_SINGER_STATE'],
    ['text that is no JSON', '{"singer_state": ', 'BAD_JSON'],
    ['text that is JSON of something else', '[1]', 'NO_SINGER_STATE'],
    ['a NUL', { singer_state: 'a\0b' }, 'BAD_TEXT'],
    ['a NUL in a key', { singer_state: { 'a\0b': 1 } }, 'BAD_TEXT'],
    ['a NUL in text', '{"singer_state": "a\\u0000b"}', 'BAD_TEXT'],
    ['half a character', { singer_state: ['\ud83d'] }, 'BAD_TEXT'],
    ['a number beyond all', '{"singer_state": 1e999}', 'BAD_NUMBER'],
    ['too many levels', nested(101), 'TOO_DEEP'],
  ])('refuses %s', async (_what, state, code) => {
    const form = typeof state === 'string' ? 'text' : 'json';
    const answer = await refused(app, 'setState', {
      environment,
      stateId: 'bad',
      document: { [form]: state },
    });
    expect(mistakes(answer)).toEqual([`input.document.${form}: ${code}`]);
    expect(answer.path).toEqual(['input', 'document', form]);
  });

  test('takes exactly one form of a document', async () => {
    const query =
      'mutation ($state: StateDocumentInput!) { setState(input: { environment: "desk/dev", stateId: "x", document: $state }) { __typename } }';
    for (const state of [{}, { json: null }, { json: { singer_state: 1 }, text: '{"singer_state": 1}' }]) {
      const { errors } = await app.send(query, { state });
      expect(errors?.[0]?.message).toMatch(/StateDocumentInput|[Ee]xactly one|must be non-null/);
    }
  });

  test('takes what looks like a NUL and is none, and as many levels as are allowed', async () => {
    const state = { singer_state: { text: 'a\\u0000b', deep: nested(98) } };
    expect((await set('fine', state)).state.completed).toEqual(state);
  });

  test.each([
    ['', 'BAD_STATE_ID'],
    ['a/b', 'BAD_STATE_ID'],
    ['..', 'BAD_STATE_ID'],
    ['a\nb', 'BAD_STATE_ID'],
    ['a\0b', 'BAD_STATE_ID'],
    ['x'.repeat(251), 'BAD_STATE_ID'],
    // A directory's name has 255 bytes, whatever the letters.
    ['ü'.repeat(126), 'BAD_STATE_ID'],
  ])('refuses the state id %j', async (stateId, code) => {
    const answer = await refused(app, 'setState', {
      environment,
      stateId,
      document: { json: { singer_state: {} } },
    });
    expect(mistakes(answer)).toEqual([`input.stateId: ${code}`]);
  });

  test('takes the longest state ids, with colons, blanks and dots', async () => {
    for (const stateId of ['x'.repeat(250), 'ü'.repeat(125), 'dev:tap-a-to-b:suffix', '...', 'a b']) {
      expect((await set(stateId, { singer_state: 1 })).state.stateId).toBe(stateId);
    }
  });

  test('lists all mistakes at once', async () => {
    const answer = await refused(app, 'setState', {
      environment,
      stateId: '',
      document: { json: { a: 'a\0b' } },
    });
    expect(mistakes(answer)).toEqual([
      'input.stateId: BAD_STATE_ID',
      'input.document.json: NO_SINGER_STATE',
      'input.document.json: BAD_TEXT',
    ]);
  });

  test('refuses an environment that is not there, and the id of something else', async () => {
    const rest = { stateId: 'x', document: { json: { singer_state: {} } } };
    for (const name of ['desk/test', 'nowhere/dev']) {
      const answer = await refused(app, 'setState', { environment: name, ...rest });
      expect(answer).toMatchObject({
        ...{ __typename: 'NotFound', code: 'NOT_FOUND', path: ['input', 'environment'] },
        message: `There is no Environment "${name}".`,
      });
    }
    const { project } = await app.query<{ project: { id: string } }>('{ project(ref: "desk") { id } }');
    for (const name of [project.id, 'desk', '', '/', 'desk/dev\0']) {
      const answer = await refused(app, 'setState', { environment: name, ...rest });
      expect(mistakes(answer)).toEqual(['input.environment: NOT_FOUND']);
    }
  });

  test('is refused while a run holds the id, names the run, and works when the run has ended', async () => {
    await set('held', { singer_state: 1 });
    const held = await hold(app, 'desk/dev/held');
    const input = { environment, stateId: 'held', document: { json: { singer_state: 2 } } };
    const answer = await refused(app, 'setState', input);
    expect(answer).toMatchObject({
      ...{ __typename: 'Busy', code: 'BUSY', path: ['input', 'stateId'], run: { id: held.run } },
      message: 'A run holds the state id "held"; wait until it ends, or cancel it.',
    });
    // Only that id of that environment is held.
    await set('held-2', { singer_state: 2 });
    await set('held', { singer_state: 2 }, { environment: 'desk/prod' });
    await held.release();
    await set('held', { singer_state: 2 });
    expect((await readState(app, 'desk/dev/held'))?.version).toBe(2);
  });

  test('of many at once all happen, one after the other', async () => {
    const input = (n: number) => ({ environment, stateId: 'crowd', document: { json: { singer_state: n } } });
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => call<object>(app, 'setState', input(n), 'state { id }')),
    );
    expect(answers.map(({ __typename: type }) => type)).toEqual(answers.map(() => 'SetStateSuccess'));
    const state = await readState(app, 'desk/dev/crowd');
    expect(state?.version).toBe(6);
    expect(state?.versions.nodes.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(state?.completed).toEqual(state?.versions.nodes[0]?.completed);
    expect(await app.app.store.prisma.runLease.count({ where: { runId: null } })).toBe(0);
  });

  test('writes the documents and their version in one statement, whether there is a state or not', async () => {
    const environmentId = (await app.app.store.environments.byPath('desk', 'dev'))?.id ?? '';
    const state = { stateId: 'brief', text: '{"completed": {"singer_state": 1}, "partial": {}}' };
    for (const change of ['SET', 'SET', 'CLEAR', 'SET'] as const) {
      const { statements } = await app.counting(() =>
        app.app.store.states.write(environmentId, state, { change, runId: null }),
      );
      expect(statements).toHaveLength(1);
    }
    expect((await readState(app, 'desk/dev/brief'))?.version).toBe(4);
  });
});
