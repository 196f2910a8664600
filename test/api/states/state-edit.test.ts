import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { fixture } from '../../kit/data/projects.ts';
import { placeState, readState, stateFields, storedText, type StateFacts } from '../../kit/verbs/states.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const edit = async (state: string, patch: unknown) =>
  (await done<{ state: StateFacts }>(app, 'editState', { state, patch }, `state { ${stateFields} }`)).state;
const refusal = (state: string, patch: unknown) => refused(app, 'editState', { state, patch });

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

  test('keeps whole numbers exact, those that stay and those of a patch that is text', async () => {
    await placeState(app, 'desk/dev/large', {
      completed: '{"singer_state": {"id": 9007199254740993, "f": 1.50}}',
      partial: '{"singer_state": {"to": -9223372036854775807}}',
    });
    await edit(
      'desk/dev/large',
      '[{"op": "test", "path": "/singer_state/id", "value": 9007199254740993}, {"op": "add", "path": "/singer_state/n", "value": 123456789012345678901}]',
    );
    expect(await storedText(app, 'large')).toEqual([
      '{"singer_state":{"id":9007199254740993,"f":1.50,"to":-9223372036854775807,"n":123456789012345678901}} {}',
    ]);
    const rounded = [{ op: 'add', path: '/x', value: 2 ** 60 }];
    expect(mistakes(await refusal('desk/dev/large', rounded))).toEqual(['input.patch: INEXACT_NUMBER']);
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
      [`[{"op": "add", "path": "/x", "value": ${JSON.stringify(deep)}}]`, 'TOO_DEEP'],
    ];
    for (const [patch, code] of patches) {
      expect(mistakes(await refusal('desk/dev/state', patch))).toEqual([`input.patch: ${code}`]);
    }
    expect(mistakes(await refusal('desk/dev/none', []))).toEqual(['input.patch: NO_SINGER_STATE']);
    expect(mistakes(await refusal('desk/dev/a/b', []))).toEqual(['input.state: BAD_STATE_ID']);
    expect(await refusal('desk/none/x', [])).toMatchObject({ __typename: 'NotFound' });
  });

  test('refuses what is no patch, and lists every operation that is none', async () => {
    await placeState(app, 'desk/dev/patched', { completed: '{"singer_state": {}}' });
    const codes = async (patch: unknown) => mistakes(await refusal('desk/dev/patched', patch));
    for (const patch of [{ op: 'remove' }, '[', '5', 'null']) {
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

  test('a patch that does not fit what is there is a conflict, which names the operation', async () => {
    await placeState(app, 'desk/dev/other', { completed: '{"singer_state": {"at": 2}}' });
    const patch = [
      { op: 'add', path: '/note', value: 1 },
      { op: 'test', path: '/singer_state/at', value: 1 },
    ];
    expect(await refusal('desk/dev/other', patch)).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'patch', '1'] },
      message:
        'Operation 1 of the patch does not fit the state: The value at "/singer_state/at" is another one.',
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
