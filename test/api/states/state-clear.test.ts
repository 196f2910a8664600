import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { fixture } from '../../kit/data/projects.ts';
import {
  changeState,
  nodeState,
  placeState,
  readState,
  stateFields,
  storedText,
  type StateFacts,
} from '../../kit/verbs/states.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

interface Cleared extends StateFacts {
  deletedAt: string | null;
}
const change = (verb: string, input: object) =>
  changeState<Cleared>(app, verb, input, `${stateFields} deletedAt`);
const clear = (state: string) => change('clearState', { state });
const restore = (state: string, version: number) => change('restoreState', { state, version });

const pair = 'tap-tickets-to-target-desk';

/** The ids of the states in every list that may hold them, and their numbers. */
async function listed(): Promise<unknown> {
  const list = 'states(filter: { pattern: "*loose*" }) { totalCount nodes { stateId } }';
  return app.query(`{ project(ref: "desk") { environment(name: "dev") {
    ${list} job(name: "tickets") { states { totalCount nodes { stateId } } }
    stateExport(filter: { pattern: "*loose*" }) { count text } } } }`);
}

describe('clearState', () => {
  test('takes the documents away, keeps the versions, and the id leads to it still', async () => {
    await placeState(app, 'desk/dev/full', {
      completed: '{"singer_state": {"a": 1}}',
      partial: '{"singer_state": {"b": 2}}',
    });
    const state = await clear('desk/dev/full');
    expect(state).toMatchObject({
      ...{ stateId: 'full', completed: {}, partial: {}, merged: {}, version: 2 },
      versions: {
        nodes: [
          { version: 2, change: 'CLEAR', completed: {}, partial: {} },
          { version: 1, completed: { singer_state: { a: 1 } }, partial: { singer_state: { b: 2 } } },
        ],
      },
    });
    expect(Date.parse(state.deletedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(await nodeState(app, state.id)).toEqual(state);
  });

  test('takes it out of lists, counts, look-ups, exports, and from what runs begin with', async () => {
    const stateId = `dev:${pair}:loose`;
    await placeState(app, `desk/dev/${stateId}`, { completed: '{"singer_state": 1}' });
    const here = { totalCount: 1, nodes: [{ stateId }] };
    expect(await listed()).toMatchObject({
      project: { environment: { states: here, job: { states: here }, stateExport: { count: 1 } } },
    });
    const environment = await app.app.store.environments.byPath('desk', 'dev');
    const hydrated = () => app.app.store.states.toHydrate(environment?.id ?? '', [stateId], [pair]);
    expect(await hydrated()).toHaveLength(1);
    await clear(`desk/dev/${stateId}`);
    const none = { totalCount: 0, nodes: [] };
    expect(await listed()).toEqual({
      project: {
        environment: { states: none, job: { states: none }, stateExport: { count: 0, text: '{}' } },
      },
    });
    expect(await readState(app, `desk/dev/${stateId}`)).toBeNull();
    expect(await hydrated()).toEqual([]);
    expect(await refused(app, 'clearState', { state: `desk/dev/${stateId}` })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'state'] },
    });
  });

  test('changes nothing when it is cleared already', async () => {
    await placeState(app, 'desk/dev/twice', { completed: '{"singer_state": 1}' });
    const state = await clear('desk/dev/twice');
    expect(await clear(state.id)).toEqual(state);
  });

  const document = { singer_state: 'again' };
  const writes: [string, object][] = [
    ['setState', { environment: 'desk/dev', stateId: 'ID', document: { json: document } }],
    ['mergeState', { environment: 'desk/dev', stateId: 'ID', source: { document: { json: document } } }],
    ['copyState', { state: 'desk/dev/source', to: { stateId: 'ID' } }],
    ['moveState', { state: 'desk/dev/source', to: { stateId: 'ID' } }],
    ['editState', { state: 'desk/dev/ID', patch: [{ op: 'add', path: '/singer_state', value: 'again' }] }],
    ['restoreState', { state: 'NODE', version: 1 }],
  ];
  test.each(writes)('is taken back by %s, which goes on with its versions', async (verb, input) => {
    const stateId = `revived-${verb}`;
    const id = await placeState(app, `desk/dev/${stateId}`, { completed: '{"singer_state": "again"}' });
    await placeState(app, 'desk/dev/source', { completed: '{"singer_state": "again"}' });
    const cleared = await clear(`desk/dev/${stateId}`);
    const text = JSON.stringify(input).replaceAll('ID', stateId).replaceAll('NODE', cleared.id);
    const state = await change(verb, JSON.parse(text) as object);
    expect(Buffer.from(state.id, 'base64url').toString()).toBe(`State:${id}`);
    expect(state).toMatchObject({ stateId, merged: document, version: 3, deletedAt: null });
    expect((await readState(app, `desk/dev/${stateId}`))?.version).toBe(3);
  });

  test('is taken back by an import and by a run, too', async () => {
    for (const stateId of ['by-import', 'by-run']) {
      await placeState(app, `desk/dev/${stateId}`, { completed: '{"singer_state": 1}' });
      await clear(`desk/dev/${stateId}`);
    }
    const states = [{ stateId: 'by-import', completed: { json: {} }, partial: { json: {} } }];
    await done(app, 'importState', { environment: 'desk/dev', states }, 'environment { id }');
    await placeState(app, 'desk/dev/by-run', { completed: '{"singer_state": 2}' });
    expect((await readState(app, 'desk/dev/by-import'))?.version).toBe(3);
    expect((await readState(app, 'desk/dev/by-run'))?.version).toBe(3);
  });

  test('is refused while a run holds the id', async () => {
    await placeState(app, 'desk/dev/held', { completed: '{"singer_state": 1}' });
    const held = await hold(app, 'desk/dev/held');
    expect(await refused(app, 'clearState', { state: 'desk/dev/held' })).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'state'], run: { id: held.run } },
    });
    await held.release();
  });
});

describe('restoreState', () => {
  test('brings back the documents of any version as a new one, to the digit', async () => {
    await placeState(app, 'desk/dev/past', {
      completed: '{"singer_state": {"id": 9007199254740993, "f": 1.50}}',
      partial: '{"singer_state": {"to": -9223372036854775807}}',
    });
    await done(
      app,
      'setState',
      { environment: 'desk/dev', stateId: 'past', document: { json: { singer_state: 2 } } },
      'state { id }',
    );
    const state = await restore('desk/dev/past', 1);
    expect(state).toMatchObject({ version: 3, deletedAt: null });
    expect(state.versions.nodes.map((version) => version.change)).toEqual(['RESTORE', 'SET', 'RUN']);
    expect(await storedText(app, 'past')).toEqual([
      '{"singer_state": {"id": 9007199254740993, "f": 1.50}} {"singer_state": {"to": -9223372036854775807}}',
    ]);
    const { id } = await clear('desk/dev/past');
    expect(await restore(id, 2)).toMatchObject({ version: 5, merged: { singer_state: 2 }, deletedAt: null });
  });

  test('refuses a version that there is not, and what is no state', async () => {
    await placeState(app, 'desk/dev/short', { completed: '{"singer_state": 1}' });
    for (const version of [0, 2, -1]) {
      expect(await refused(app, 'restoreState', { state: 'desk/dev/short', version })).toMatchObject({
        ...{ __typename: 'NotFound', path: ['input', 'version'] },
        message: `The state has no version ${version}; its newest is 1.`,
      });
    }
    expect(await refused(app, 'restoreState', { state: 'desk/dev/none', version: 1 })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'state'] },
    });
    expect(mistakes(await refused(app, 'restoreState', { state: 'desk', version: 1 }))).toEqual([
      'input.state: NOT_FOUND',
    ]);
  });

  test('is refused while a run holds the id', async () => {
    await placeState(app, 'desk/dev/kept', { completed: '{"singer_state": 1}' });
    const held = await hold(app, 'desk/dev/kept');
    const answer = await call<object>(
      app,
      'restoreState',
      { state: 'desk/dev/kept', version: 1 },
      '__typename',
    );
    expect(answer).toMatchObject({ __typename: 'Busy', path: ['input', 'state'], run: { id: held.run } });
    await held.release();
  });
});
