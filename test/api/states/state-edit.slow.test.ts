import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { fixture } from '../../kit/data/projects.ts';
import { changeState, placeState, readState, storedText } from '../../kit/verbs/states.ts';
import { mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const edit = (state: string, patch: unknown) => changeState(app, 'editState', { state, patch });
const refusal = (state: string, patch: unknown) => refused(app, 'editState', { state, patch });
const operate = (state: string, operations: object[]) => changeState(app, 'editState', { state, operations });
const refusedOperations = (state: string, operations: object[]) =>
  refused(app, 'editState', { state, operations });

describe('editState', () => {
  test('edits the merged document, which becomes the completed one', async () => {
    const id = await placeState(app, 'desk/dev/full', {
      completed: '{"singer_state": {"bookmarks": {"a": {"at": 1}, "b": {"at": 1}}}}',
      partial: '{"singer_state": {"bookmarks": {"b": {"at": 2}}}}',
    });
    const state = await edit('desk/dev/full', [
      { op: 'test', path: '/singer_state/bookmarks/b/at', value: 2 },
      { op: 'replace', path: '/singer_state/bookmarks/b/at', value: 3 },
      { op: 'remove', path: '/singer_state/bookmarks/a' },
    ]);
    expect(Buffer.from(state.id, 'base64url').toString()).toBe(`State:${id}`);
    const completed = { singer_state: { bookmarks: { b: { at: 3 } } } };
    expect(state).toMatchObject({ completed, partial: {}, version: 2 });
    expect(state.versions.nodes[0]).toMatchObject({ change: 'EDIT', completed, partial: {} });
    expect(await edit(state.id, [{ op: 'add', path: '/note', value: 1 }])).toMatchObject({ version: 3 });
  });

  test('knows the operations of a patch, as types', async () => {
    await placeState(app, 'desk/dev/typed', {
      completed: '{"singer_state": {"a": 1, "list": [1, 2], "gone": {}}}',
    });
    const path = (name: string) => `/singer_state/${name}`;
    const state = await operate('desk/dev/typed', [
      { test: { path: path('list'), value: { json: [1, 2] } } },
      { add: { path: path('list/-'), value: { json: 3 } } },
      { add: { path: path('list/0'), value: { text: ' null ' } } },
      { replace: { path: path('a'), value: { json: { 'op": "remove': [] } } } },
      { copy: { from: path('list/1'), path: path('first') } },
      { move: { from: path('gone'), path: '/here' } },
      { remove: { path: path('list/2') } },
    ]);
    const completed = {
      singer_state: { a: { 'op": "remove': [] }, list: [null, 1, 3], first: 1 },
      here: {},
    };
    expect(state).toMatchObject({ completed, partial: {}, version: 2 });
    expect(await operate(state.id, [])).toMatchObject({ version: 2 });
  });

  test('keeps whole numbers exact, those that stay and those that operations give as text', async () => {
    await placeState(app, 'desk/dev/large', {
      completed: '{"singer_state": {"id": 9007199254740993, "f": 1.50}}',
      partial: '{"singer_state": {"to": -9223372036854775807}}',
    });
    await operate('desk/dev/large', [
      { test: { path: '/singer_state/id', value: { text: '9007199254740993' } } },
      { add: { path: '/singer_state/n', value: { text: '123456789012345678901' } } },
    ]);
    expect(await storedText(app, 'large')).toEqual([
      '{"singer_state":{"id":9007199254740993,"f":1.50,"to":-9223372036854775807,"n":123456789012345678901}} {}',
    ]);
    const rounded = [{ op: 'add', path: '/x', value: 2 ** 60 }];
    expect(mistakes(await refusal('desk/dev/large', rounded))).toEqual(['input.patch: INEXACT_NUMBER']);
    const operations = [{ add: { path: '/x', value: { json: 2 ** 60 } } }];
    expect(mistakes(await refusedOperations('desk/dev/large', operations))).toEqual([
      'input.operations.0.add.value.json: INEXACT_NUMBER',
    ]);
  });

  test('makes a state of a path where there is none, and writes nothing that has not changed', async () => {
    const made = await edit('desk/dev/made', [{ op: 'add', path: '/singer_state', value: {} }]);
    expect(made).toMatchObject({ path: 'desk/dev/made', completed: { singer_state: {} }, version: 1 });
    await placeState(app, 'desk/dev/same', {
      completed: '{"singer_state": 1}',
      partial: '{"singer_state": 2}',
    });
    const before = await readState(app, 'desk/dev/same');
    for (const patch of [[], [{ op: 'replace', path: '/singer_state', value: 2 }]]) {
      await edit('desk/dev/same', patch);
      expect(await readState(app, 'desk/dev/same')).toEqual(before);
    }
  });

  test('refuses what comes out when it is no state', async () => {
    await placeState(app, 'desk/dev/state', { completed: '{"singer_state": {}}' });
    const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 1);
    const patches: [unknown, string][] = [
      [[{ op: 'remove', path: '/singer_state' }], 'NO_SINGER_STATE'],
      [[{ op: 'replace', path: '', value: 5 }], 'NO_SINGER_STATE'],
    ];
    for (const [patch, code] of patches) {
      expect(mistakes(await refusal('desk/dev/state', patch))).toEqual([`input.patch: ${code}`]);
    }
    const operations = [{ add: { path: '/x', value: { json: deep } } }];
    expect(mistakes(await refusedOperations('desk/dev/state', operations))).toEqual([
      'input.operations: TOO_DEEP',
    ]);
    expect(mistakes(await refusal('desk/dev/none', []))).toEqual(['input.patch: NO_SINGER_STATE']);
    expect(mistakes(await refusal('desk/dev/a/b', []))).toEqual(['input.state: BAD_STATE_ID']);
    expect(await refusal('desk/none/x', [])).toMatchObject({ __typename: 'NotFound' });
  });

  test('refuses what is no patch, and lists every operation that is none', async () => {
    await placeState(app, 'desk/dev/patched', { completed: '{"singer_state": {}}' });
    const codes = async (patch: unknown) => mistakes(await refusal('desk/dev/patched', patch));
    for (const patch of [{ op: 'remove' }, '[]', 5, true]) {
      expect(await codes(patch)).toEqual(['input.patch: BAD_PATCH']);
    }
    expect(
      await codes([
        { op: 'spam', path: '' },
        { op: 'remove', path: '/a' },
        { op: 'add', path: '/' },
      ]),
    ).toEqual(['input.patch.0: BAD_OPERATION', 'input.patch.2: BAD_OPERATION']);
    expect(await codes([{ op: 'add', path: '/a', value: 'a\0b' }])).toEqual(['input.patch: BAD_TEXT']);
    expect(await codes(Array.from({ length: 1001 }, () => ({ op: 'remove', path: '/a' })))).toEqual([
      'input.patch: TOO_MANY',
    ]);
  });

  test('takes either operations or a patch', async () => {
    const state = 'desk/dev/either';
    for (const input of [{}, { patch: null }, { operations: [], patch: [] }]) {
      expect(mistakes(await refused(app, 'editState', { state, ...input }))).toEqual([
        'input.operations: ONE_OF',
      ]);
    }
    const query =
      'mutation ($operations: [StateOperationInput!]) { editState(input: { state: "desk/dev/x", operations: $operations }) { __typename } }';
    for (const operation of [{}, { remove: { path: '/a' }, test: null }, { remove: {} }]) {
      expect((await app.send(query, { operations: [operation] })).errors).toHaveLength(1);
    }
  });

  test('lists all that is wrong with operations', async () => {
    const value = { json: 'a\0b' };
    const answer = await refusedOperations('desk/dev/patched', [
      { add: { path: 'a', value } },
      { remove: { path: '/a~2' } },
      { move: { from: 'b', path: '/c' } },
      { replace: { path: '', value: { text: '1, "op": "remove"' } } },
      { test: { path: '', value: { text: '1e999' } } },
    ]);
    expect(mistakes(answer)).toEqual([
      'input.operations.0.add.path: BAD_POINTER',
      'input.operations.0.add.value.json: BAD_TEXT',
      'input.operations.1.remove.path: BAD_POINTER',
      'input.operations.2.move.from: BAD_POINTER',
      'input.operations.3.replace.value.text: BAD_JSON',
      'input.operations.4.test.value.text: BAD_NUMBER',
    ]);
    const many = Array.from({ length: 1001 }, () => ({ remove: { path: '/a' } }));
    expect(mistakes(await refusedOperations('desk/dev/patched', many))).toEqual([
      'input.operations: TOO_MANY',
    ]);
    const long = { add: { path: '/a', value: { json: 'x'.repeat(2_600_000) } } };
    expect(mistakes(await refusedOperations('desk/dev/patched', [long, long]))).toEqual([
      'input.operations: TOO_LONG',
    ]);
  });

  test('a patch that does not fit what is there is a conflict, which names the operation', async () => {
    await placeState(app, 'desk/dev/other', { completed: '{"singer_state": {"at": 2}}' });
    const patch = [
      { op: 'add', path: '/note', value: 1 },
      { op: 'test', path: '/singer_state/at', value: 1 },
    ];
    expect(await refusal('desk/dev/other', patch)).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'patch', '1'] },
      message: 'Operation 1 does not fit the state: The value at "/singer_state/at" is another one.',
    });
    const operations = [{ remove: { path: '/singer_state/none' } }];
    expect(await refusedOperations('desk/dev/other', operations)).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'operations', '0'] },
      message: 'Operation 0 does not fit the state: There is nothing at "/singer_state/none".',
    });
    const growing = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
    expect((await refusal('desk/dev/other', growing)).message).toContain('too large');
  });

  test('is refused while a run holds the id', async () => {
    await placeState(app, 'desk/dev/held', { completed: '{"singer_state": 1}' });
    const held = await hold(app, 'desk/dev/held');
    expect(await refusal('desk/dev/held', [{ op: 'add', path: '/a', value: 1 }])).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'state'], run: { id: held.run } },
    });
    await held.release();
  });
});
