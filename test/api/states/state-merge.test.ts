import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { changeState, placeState, readState, storedText } from '../../kit/verbs/states.ts';
import { call, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const environment = 'desk/dev';
const merge = (stateId: string, source: object) =>
  changeState(app, 'mergeState', { environment, stateId, source });

describe('mergeState', () => {
  test('makes a state with a partial document alone where there is none', async () => {
    const document = { singer_state: { a: 1 } };
    expect(await merge('new', { document: { json: document } })).toMatchObject({
      ...{ path: 'desk/dev/new', completed: {}, partial: document, merged: document, version: 1 },
      versions: { nodes: [{ version: 1, change: 'MERGE', completed: {}, partial: document }] },
    });
  });

  test('merges over the partial document key by key, and leaves the completed one alone', async () => {
    await placeState(app, 'desk/dev/both', {
      completed: '{"singer_state": {"a": 1, "b": {"c": 1}}}',
      partial: '{"singer_state": {"b": {"d": 2, "e": 9007199254740993}}}',
    });
    await merge('both', {
      document: { text: '{"singer_state": {"b": {"d": 3}, "f": 9007199254740995}}' },
    });
    expect(await storedText(app, 'both')).toEqual([
      '{"singer_state": {"a": 1, "b": {"c": 1}}} {"singer_state":{"b":{"d":3,"e":9007199254740993},"f":9007199254740995}}',
    ]);
    const state = await readState(app, 'desk/dev/both');
    expect(state?.versions.nodes[1]).toMatchObject({
      version: 1,
      partial: { singer_state: { b: { d: 2 } } },
    });
  });

  test('merges what the documents of another state merge to, and of the state itself', async () => {
    await placeState(app, 'desk/prod/source', {
      completed: '{"singer_state": {"a": 1, "b": 1}}',
      partial: '{"singer_state": {"b": 2}}',
    });
    await placeState(app, 'desk/dev/target', { completed: '{"singer_state": {"z": 1}}' });
    const source = await readState(app, 'desk/prod/source');
    expect(await merge('target', { state: 'desk/prod/source' })).toMatchObject({
      completed: { singer_state: { z: 1 } },
      partial: { singer_state: { a: 1, b: 2 } },
    });
    expect(await readState(app, 'desk/prod/source')).toEqual(source);
    expect(await merge('target', { state: 'desk/dev/target' })).toMatchObject({
      completed: { singer_state: { z: 1 } },
      partial: { singer_state: { a: 1, b: 2, z: 1 } },
    });
  });

  test('refuses what is no state, a source that is not there or holds none, and lists all at once', async () => {
    await placeState(app, 'desk/dev/other', { completed: '{"other": 1}' });
    const answer = await refused(app, 'mergeState', {
      environment,
      stateId: '',
      source: { document: { text: '[1' } },
    });
    expect(mistakes(answer)).toEqual(['input.stateId: BAD_STATE_ID', 'input.source.document.text: BAD_JSON']);
    const bare = { environment, stateId: 'x', source: { document: { json: { other: 1 } } } };
    expect(mistakes(await refused(app, 'mergeState', bare))).toEqual([
      'input.source.document.json: NO_SINGER_STATE',
    ]);
    const from = (path: string) =>
      refused(app, 'mergeState', { environment, stateId: 'x', source: { state: path } });
    expect(await from('desk/dev/none')).toMatchObject({
      __typename: 'NotFound',
      path: ['input', 'source', 'state'],
    });
    expect(mistakes(await from('desk/dev/other'))).toEqual(['input.source.state: NO_SINGER_STATE']);
  });

  test('takes one source and no more', async () => {
    for (const source of [{}, { document: { json: { singer_state: 1 } }, state: 'desk/dev/x' }]) {
      const { errors } = await app.send(
        'mutation ($source: StateSource!) { mergeState(input: { environment: "desk/dev", stateId: "x", source: $source }) { __typename } }',
        { source },
      );
      expect(errors).toHaveLength(1);
    }
  });

  test('is refused while a run holds the id or the source', async () => {
    await placeState(app, 'desk/dev/busy', { completed: '{"singer_state": 1}' });
    const held = await hold(app, 'desk/dev/busy');
    const into = { environment, stateId: 'busy', source: { document: { json: { singer_state: 1 } } } };
    expect(await refused(app, 'mergeState', into)).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'stateId'], run: { id: held.run } },
    });
    const from = { environment, stateId: 'calm', source: { state: 'desk/dev/busy' } };
    expect(await refused(app, 'mergeState', from)).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'source', 'state'], run: { id: held.run } },
    });
    await held.release();
  });

  test('of many at once none is lost, whether the state was there or not', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(
      keys.map((key) =>
        call(
          app,
          'mergeState',
          {
            ...{
              environment,
              stateId: 'crowd',
              source: { document: { json: { singer_state: { [key]: 1 } } } },
            },
          },
          'state { id }',
        ),
      ),
    );
    expect(await readState(app, 'desk/dev/crowd')).toMatchObject({
      ...{ version: 6, partial: { singer_state: Object.fromEntries(keys.map((key) => [key, 1])) } },
    });
  });
});
