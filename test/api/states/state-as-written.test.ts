import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';
import { placeState, storedText } from '../../kit/verbs/states.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const environment = 'desk/dev';

/** Numbers that JavaScript, Python or PostgreSQL would write in another way, and keys in an order that none would choose. */
const document =
  '{"z":-0.0,"singer_state":{"yy":1e2,"b":[1E+2,100.0,0.10,-0,1e-20000],"a":12345678901234567890,"10":1.0e-7,"9":0}}';

/** Sends a query past readers of JSON, which would write numbers anew. */
async function answerText(query: string, variables: object = {}): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables });
  return (await fetch(app.url, { method: 'POST', headers, body })).text();
}

const set = (stateId: string, state: string) =>
  done<{ state: { id: string } }>(
    app,
    'setState',
    { environment, stateId, document: { text: state } },
    'state { id }',
  );

async function exportedText(pattern: string): Promise<string> {
  const { project } = await app.query<{ project: { environment: { stateExport: { text: string } } } }>(
    'query ($pattern: String) { project(ref: "desk") { environment(name: "dev") { stateExport(filter: { pattern: $pattern }) { text } } } }',
    { pattern },
  );
  return project.environment.stateExport.text;
}

describe('a document that a caller gives as text', () => {
  test('is answered as it was written: by the mutation, and by queries', async () => {
    const asked =
      'completed { json } merged { json } versions { nodes { completed { json } merged { json } } }';
    const input = { environment, stateId: 'answered', document: { text: document } };
    const mutation = `mutation ($input: SetStateInput!) { setState(input: $input) { ... on SetStateSuccess { state { ${asked} } } } }`;
    const query = `{ project(ref: "desk") { environment(name: "dev") { state(stateId: "answered") { ${asked} } } } }`;
    for (const text of [
      await answerText(mutation, { input }),
      await answerText(query),
      await answerText(query),
    ]) {
      expect(text.split(document)).toHaveLength(5);
    }
  });

  test('stays so in each state that it is copied to, moved to, merged into and imported into', async () => {
    await set('first', document);
    await done(app, 'copyState', { state: 'desk/dev/first', to: { stateId: 'copied' } }, 'state { id }');
    await done(app, 'moveState', { state: 'desk/dev/copied', to: { stateId: 'moved' } }, 'state { id }');
    const merged = { environment, stateId: 'merged', source: { state: 'desk/dev/moved' } };
    await done(app, 'mergeState', merged, 'state { id }');
    const text = await exportedText('merged');
    expect(text).toBe(`{"merged": {"completed": {}, "partial": ${document}}}`);
    await done(app, 'clearState', { state: 'desk/dev/merged' }, 'state { id }');
    await done(app, 'importState', { environment, text }, 'environment { id }');
    expect(await exportedText('merged')).toBe(text);
    expect(await storedText(app, 'moved')).toEqual([`${document} {}`]);
  });

  test('comes back when an older version is restored', async () => {
    const { state } = await set('restored', document);
    await set('restored', '{"singer_state":1}');
    await done(app, 'restoreState', { state: state.id, version: 1 }, 'state { id }');
    expect(await storedText(app, 'restored')).toEqual([`${document} {}`]);
  });

  test('stays so beside what a patch or a merge changes, and a patch can change how a number is written', async () => {
    await set('edited', document);
    const edit = async (value: string): Promise<unknown> => {
      const operations = [{ replace: { path: '/singer_state/9', value: { text: value } } }];
      const { state } = await done<{ state: { version: number } }>(
        app,
        'editState',
        { state: 'desk/dev/edited', operations },
        'state { version }',
      );
      return state.version;
    };
    expect(await edit('-0.0')).toBe(2);
    expect(await edit('-0.0')).toBe(2);
    const expected = document.replace('"9":0', '"9":-0.0');
    expect(await storedText(app, 'edited')).toEqual([`${expected} {}`]);
    const state = '{"singer_state":{"yy":1e3,"new":-0.0}}';
    await done(
      app,
      'mergeState',
      { environment, stateId: 'edited', source: { document: { text: state } } },
      'state { id }',
    );
    expect(await storedText(app, 'edited')).toEqual([`${expected} ${state}`]);
    const text = await answerText(
      '{ project(ref: "desk") { environment(name: "dev") { state(stateId: "edited") { merged { json } } } } }',
    );
    expect(text).toContain(expected.replace('1e2', '1e3').replace('-0.0}}', '-0.0,"new":-0.0}}'));
  });

  test('is kept without blanks, and with the last value of a key that comes twice', async () => {
    await set('twice', '{ "singer_state": {"a" : 1, "b": "x  \\u00fc",\n\t"a": [ 1e2 , 2 ]} }');
    expect(await storedText(app, 'twice')).toEqual(['{"singer_state":{"a":[1e2,2],"b":"x  ü"}} {}']);
  });
});

test('what a loader has confirmed is kept as Meltano wrote it', async () => {
  const completed = '{"singer_state": {"at": "\\u00fc\\ud83d\\ude80", "n": 1e-20000, "b": [-0.0, 100.0]}}';
  await placeState(app, 'desk/dev/run', { completed });
  expect(await exportedText('run')).toBe(`{"run": {"completed": ${completed}, "partial": {}}}`);
  await done(app, 'copyState', { state: 'desk/dev/run', to: { stateId: 'run-copied' } }, 'state { id }');
  const copied = completed.replaceAll(/([:,]) /g, '$1').replace(String.raw`\u00fc\ud83d\ude80`, 'ü🚀');
  expect(await storedText(app, 'run-copied')).toEqual([`${copied} {}`]);
  const row = await app.app.store.environments.byPath('desk', 'dev');
  const { states } = app.app.store;
  const text = `{"completed": ${completed}, "partial": {}}`;
  expect(await states.differs(row?.id ?? '', { stateId: 'run', text })).toBe(false);
  expect(await states.differs(row?.id ?? '', { stateId: 'run', text: text.replace('100', '99') })).toBe(true);
});

test('documents are the same when only the writing of numbers and the order of keys differ', async () => {
  await placeState(app, 'desk/dev/same', { completed: '{"singer_state":{"a":1e2,"b":-0.0}}' });
  const row = await app.app.store.environments.byPath('desk', 'dev');
  const { states } = app.app.store;
  const differs = (completed: string): Promise<boolean> =>
    states.differs(row?.id ?? '', { stateId: 'same', text: `{"completed": ${completed}, "partial": {}}` });
  expect(await differs('{"singer_state": {"b": 0.0, "a": 100}}')).toBe(false);
  expect(await differs('{"singer_state": {"b": 0.0, "a": 101}}')).toBe(true);
});
