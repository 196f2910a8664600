import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { decodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { hold } from '../../kit/verbs/held.ts';
import { fixture } from '../../kit/data/projects.ts';
import { given, listed, placeState, plainDocuments } from '../../kit/verbs/states.ts';
import { done, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const state = { singer_state: 'forced' };
const entry = { completed: state, partial: {} };
const states = listed({ held: entry });
const patch = [{ op: 'replace', path: '/singer_state', value: 'forced' }];

/** For each verb, an input that changes the state id `held`. */
const verbs: [string, object, string][] = [
  ['setState', { environment: 'desk/dev', stateId: 'held', document: given(state) }, 'state { id }'],
  [
    'mergeState',
    { environment: 'desk/dev', stateId: 'held', source: { document: given(state) } },
    'state { id }',
  ],
  ['copyState', { state: 'desk/dev/free', to: { stateId: 'held' } }, 'state { id }'],
  ['moveState', { state: 'desk/dev/free', to: { stateId: 'held' } }, 'state { id }'],
  ['moveState', { state: 'desk/dev/held', to: { stateId: 'free' } }, 'state { id }'],
  ['clearState', { state: 'desk/dev/held' }, 'state { id }'],
  ['restoreState', { state: 'desk/dev/held', version: 1 }, 'state { id }'],
  ['editState', { state: 'desk/dev/held', patch }, 'state { id }'],
  ['importState', { environment: 'desk/dev', states }, 'environment { id }'],
];

/** The newest version of the state id `held`. */
async function newest(): Promise<{ version: number; change: string; isForced: boolean }> {
  const [row] = await app.app.store.prisma.stateVersion.findMany({
    where: { state: { stateId: 'held' } },
    orderBy: { version: 'desc' },
    take: 1,
    select: { version: true, change: true, isForced: true },
  });
  if (!row) throw new Error('There is no version.');
  return row;
}

const locks = () => app.app.store.prisma.runLease.findMany();

test.each(verbs)(
  '%s %j goes on by force, leaves the lock to the run, and records it',
  async (verb, input, success) => {
    const place = async (): Promise<void> => {
      await placeState(app, 'desk/dev/free', { completed: '{"singer_state": "free"}' });
      await placeState(app, 'desk/dev/held', { completed: '{"singer_state": "kept"}' });
    };
    await place();
    const held = await hold(app, 'desk/dev/held');
    const { version } = await newest();
    const before = await locks();
    expect(await refused(app, verb, { ...input, force: false })).toMatchObject({
      ...{ __typename: 'Busy', run: { id: held.run } },
    });
    await done(app, verb, { ...input, force: true }, success);
    expect(await newest()).toMatchObject({ version: version + 1, isForced: true });
    expect(await locks()).toEqual(before);
    await held.release();
    await place();
    await done(app, verb, { ...input, force: true }, success);
    // Nobody held it this time.
    expect((await newest()).isForced).toBe(false);
    expect(await locks()).toEqual([]);
  },
);

test('the version says so, and what the run writes next replaces the forced change', async () => {
  await placeState(app, 'desk/dev/held', { completed: '{"singer_state": "before"}' });
  const held = await hold(app, 'desk/dev/held');
  const runId = decodeGlobalId(held.run)?.id ?? '';
  const environment = await app.app.store.environments.byPath('desk', 'dev');
  const write = (value: string) =>
    app.app.store.transaction((tx) =>
      tx.states.write(
        environment?.id ?? '',
        { stateId: 'held', text: `{"completed": {"singer_state": "${value}"}, "partial": {}}` },
        { change: 'RUN', runId },
      ),
    );
  await write('run 1');
  await write('run 2');
  const input = { environment: 'desk/dev', stateId: 'held', document: given(state), force: true };
  await done(app, 'setState', input, 'state { id }');
  await write('run 3');
  await write('run 4');
  const { project } = await app.query<{ project: { environment: { state: { versions: unknown } } } }>(
    `{ project(ref: "desk") { environment(name: "dev") { state(stateId: "held") {
      versions(first: 4) { nodes { change isForced merged { json } } } } } } }`,
  );
  expect(plainDocuments(project.environment.state.versions)).toEqual({
    nodes: [
      { change: 'RUN', isForced: false, merged: { singer_state: 'run 4' } },
      { change: 'SET', isForced: true, merged: state },
      { change: 'RUN', isForced: false, merged: { singer_state: 'run 2' } },
      { change: 'RUN', isForced: false, merged: { singer_state: 'before' } },
    ],
  });
  await held.release();
});

test('what a lost run has left on disk takes back a forced change only when the run had written it', async () => {
  const text = (value: string): string => `{"completed": {"singer_state": "${value}"}, "partial": {}}`;
  const environment = await app.app.store.environments.byPath('desk', 'dev');
  const differs = (stateId: string, value: string) =>
    app.app.store.states.differs(environment?.id ?? '', { stateId, text: text(value) });
  await placeState(app, 'desk/dev/lost', { completed: '{"singer_state": "found"}' });
  expect([await differs('lost', 'found'), await differs('lost', 'written')]).toEqual([false, true]);
  const held = await hold(app, 'desk/dev/lost');
  await done(app, 'clearState', { state: 'desk/dev/lost', force: true }, 'state { id }');
  expect([await differs('lost', 'found'), await differs('lost', 'written')]).toEqual([false, true]);
  const input = { environment: 'desk/dev', stateId: 'lost', document: given(state), force: true };
  await done(app, 'setState', input, 'state { id }');
  expect([await differs('lost', 'forced'), await differs('lost', 'found')]).toEqual([false, false]);
  await held.release();
  await done(app, 'setState', { ...input, force: false }, 'state { id }');
  expect(await differs('lost', 'found')).toBe(true);
});

test('a verb on many state ids names those that runs hold', async () => {
  const ids = Array.from({ length: 12 }, (_, i) => `many-${String(i).padStart(2, '0')}`);
  const runs = [];
  for (const id of ids) runs.push(await hold(app, `desk/dev/${id}`));
  const all = listed(Object.fromEntries([...ids, 'free-1'].map((id) => [id, entry])));
  const answer = await refused(app, 'importState', { environment: 'desk/dev', states: all });
  const at = answer.path?.slice(0, 2);
  expect([answer.__typename, at]).toEqual(['Busy', ['input', 'states']]);
  expect(runs.map(({ run }) => run)).toContain(answer.run?.id);
  const names = ids.slice(0, 10).map((id) => `"${id}"`);
  expect(answer.message).toBe(
    `Runs hold the state ids ${names.join(', ')} and more; wait until they end, or cancel them.`,
  );
  for (const run of runs) await run.release();
});

test('many by force at once on a state that a run holds lose nothing', async () => {
  const held = await hold(app, 'desk/dev/crowd');
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  await Promise.all(
    keys.map((key) =>
      done(
        app,
        'mergeState',
        {
          ...{ environment: 'desk/dev', stateId: 'crowd', force: true },
          source: { document: given({ singer_state: { [key]: 1 } }) },
        },
        'state { id }',
      ),
    ),
  );
  const row = await app.app.store.prisma.state.findFirst({ where: { stateId: 'crowd' } });
  expect(row).toMatchObject({
    version: 6,
    partial: { singer_state: Object.fromEntries(keys.map((key) => [key, 1])) },
  });
  await held.release();
});
