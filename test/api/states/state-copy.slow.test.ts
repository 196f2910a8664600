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

const copy = (from: string, to: object) => changeState(app, 'copyState', { state: from, to });

describe('copyState', () => {
  test('copies within the environment when none is named, and leaves the source alone', async () => {
    await placeState(app, 'desk/dev/here', { completed: '{"singer_state": {"a": 1}}' });
    const source = await readState(app, 'desk/dev/here');
    const state = await copy('desk/dev/here', { stateId: 'there' });
    expect(state).toMatchObject({
      ...{ path: 'desk/dev/there', completed: { singer_state: { a: 1 } }, partial: {}, version: 1 },
      versions: { nodes: [{ version: 1, change: 'COPY', stateId: 'there' }] },
    });
    expect(await readState(app, 'desk/dev/here')).toEqual(source);
  });

  test.each(['a\0b', 'a\ud800', 'a/b', ''])(
    'refuses %j as a state id, also beside an etag',
    async (stateId) => {
      await placeState(app, 'desk/dev/odd', { completed: '{"singer_state": {}}' });
      const completed = { singer_state: {} };
      for (const ifMatch of [null, 'another'])
        for (const [verb, path, input] of [
          ['copyState', 'to.stateId', { state: 'desk/dev/odd', to: { stateId } }],
          ['setState', 'stateId', { environment: 'desk/dev', stateId, document: { json: completed } }],
          [
            'mergeState',
            'stateId',
            { environment: 'desk/dev', stateId, source: { document: { json: completed } } },
          ],
        ] as const) {
          const refusal = await refused(app, verb, { ...input, ifMatch });
          expect(mistakes(refusal), verb).toEqual([`input.${path}: BAD_STATE_ID`]);
        }
    },
  );

  test.each(['desk/prod', 'annex/dev'])('copies to %s, by paths and by ids', async (environment) => {
    const completed = '{"singer_state": {"b": 1}}';
    const id = await placeState(app, 'desk/dev/far', { completed });
    expect((await copy('desk/dev/far', { environment, stateId: 'by-path' })).path).toBe(
      `${environment}/by-path`,
    );
    const [project, name] = environment.split('/');
    const found = await app.query<{ project: { environment: { id: string } } }>(
      'query ($p: ID!, $e: String!) { project(ref: $p) { environment(name: $e) { id } } }',
      { p: project, e: name },
    );
    const source = await readState(app, 'desk/dev/far');
    expect(Buffer.from(source?.id ?? '', 'base64url').toString()).toBe(`State:${id}`);
    const to = { environment: found.project.environment.id, stateId: 'by-id' };
    expect(await copy(source?.id ?? '', to)).toMatchObject({
      path: `${environment}/by-id`,
      completed: { singer_state: { b: 1 } },
    });
  });

  test('copies from a state id with slashes, such as Meltano lets into its backends', async () => {
    await placeState(app, 'desk/dev/with/slashes', { completed: '{"singer_state": 1}' });
    expect((await copy('desk/dev/with/slashes', { stateId: 'without' })).completed).toEqual({
      singer_state: 1,
    });
  });

  test('merges the partial document of the source, and empties the one of the destination', async () => {
    await placeState(app, 'desk/dev/merge', {
      completed: '{"singer_state": {"bookmarks": {"a": {"at": 1}, "b": [1, 2]}}}',
      partial: '{"singer_state": {"bookmarks": {"a": {"by": "id"}, "b": [3]}}}',
    });
    await placeState(app, 'desk/dev/over', {
      completed: '{"singer_state": 1}',
      partial: '{"singer_state": 2}',
    });
    const before = await readState(app, 'desk/dev/over');
    const state = await copy('desk/dev/merge', { stateId: 'over' });
    expect(state).toMatchObject({
      id: before?.id,
      completed: { singer_state: { bookmarks: { a: { at: 1, by: 'id' }, b: [3] } } },
      partial: {},
      version: 2,
    });
    expect(state.versions.nodes[1]).toMatchObject({
      ...{ version: 1, change: 'RUN', completed: { singer_state: 1 }, partial: { singer_state: 2 } },
    });
    expect((await readState(app, 'desk/dev/merge'))?.partial).toEqual({
      singer_state: { bookmarks: { a: { by: 'id' }, b: [3] } },
    });
  });

  test('copies a partial document alone', async () => {
    await placeState(app, 'desk/dev/partial', { partial: '{"singer_state": {"a": 1}}' });
    expect(await copy('desk/dev/partial', { stateId: 'whole' })).toMatchObject({
      ...{ completed: { singer_state: { a: 1 } }, partial: {} },
    });
  });

  test('keeps large whole numbers exact, with a partial document and without, over further copies', async () => {
    const completed = '{"singer_state":{"id":9007199254740993,"float":0.10}}';
    await placeState(app, 'desk/dev/large', { completed });
    await placeState(app, 'desk/dev/larger', {
      completed,
      partial: '{"singer_state": {"to": -9223372036854775807}}',
    });
    await copy('desk/dev/large', { stateId: 'large-1' });
    await copy('desk/dev/large-1', { stateId: 'large-2' });
    await copy('desk/dev/larger', { stateId: 'larger-1' });
    expect(await storedText(app, 'large-2')).toEqual([`${completed} {}`]);
    expect(await storedText(app, 'larger-1')).toEqual([
      '{"singer_state":{"id":9007199254740993,"float":0.10,"to":-9223372036854775807}} {}',
    ]);
  });

  test('refuses a source that is not there, or that holds no singer_state', async () => {
    await placeState(app, 'desk/dev/empty', {});
    await placeState(app, 'desk/dev/other', { completed: '{"other": 1}' });
    const missing = await refused(app, 'copyState', { state: 'desk/dev/none', to: { stateId: 'x' } });
    expect(missing).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'state'], message: 'There is no State "desk/dev/none".' },
    });
    for (const name of ['empty', 'other']) {
      const answer = await refused(app, 'copyState', { state: `desk/dev/${name}`, to: { stateId: 'x' } });
      expect(mistakes(answer)).toEqual(['input.state: NO_SINGER_STATE']);
    }
  });

  test('refuses the source itself as destination, however it is named', async () => {
    await placeState(app, 'desk/dev/self', { completed: '{"singer_state": 1}' });
    for (const to of [{ stateId: 'self' }, { environment: 'desk/dev', stateId: 'self' }]) {
      const answer = await refused(app, 'copyState', { state: 'desk/dev/self', to });
      expect(mistakes(answer)).toEqual(['input.to.stateId: SAME_STATE']);
    }
  });

  test('refuses a destination that cannot be, and ids of other things', async () => {
    await placeState(app, 'desk/dev/good', { completed: '{"singer_state": 1}' });
    const { project } = await app.query<{ project: { id: string; environment: { id: string } } }>(
      '{ project(ref: "desk") { id environment(name: "dev") { id } } }',
    );
    const from = 'desk/dev/good';
    expect(mistakes(await refused(app, 'copyState', { state: from, to: { stateId: 'a/b' } }))).toEqual([
      'input.to.stateId: BAD_STATE_ID',
    ]);
    const elsewhere = { state: from, to: { environment: 'desk/none', stateId: 'x' } };
    expect(await refused(app, 'copyState', elsewhere)).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'to', 'environment'] },
    });
    const wrong = { state: from, to: { environment: project.id, stateId: 'x' } };
    expect(mistakes(await refused(app, 'copyState', wrong))).toEqual(['input.to.environment: NOT_FOUND']);
    const noState = { state: project.environment.id, to: { stateId: 'x' } };
    const answer = await refused(app, 'copyState', noState);
    expect(mistakes(answer)).toEqual(['input.state: NOT_FOUND']);
    expect(answer.message).toBe(
      `"${project.environment.id}" is the id of an Environment; give the id of a State or a path of the form project/environment/<state id>.`,
    );
  });

  test.each([
    ['source', 'desk/dev/busy', ['input', 'state']],
    ['destination', 'desk/prod/calm', ['input', 'to', 'stateId']],
    ['destination, before it is there', 'annex/dev/calm', ['input', 'to', 'stateId']],
  ])('is refused while a run holds the %s, and names the run', async (_which, path, where) => {
    await placeState(app, 'desk/dev/busy', { completed: '{"singer_state": 1}' });
    await placeState(app, 'desk/prod/calm', { completed: '{"singer_state": 2}' });
    const environment = path.startsWith('annex') ? 'annex/dev' : 'desk/prod';
    const input = { state: 'desk/dev/busy', to: { environment, stateId: 'calm' } };
    const held = await hold(app, path);
    const answer = await refused(app, 'copyState', input);
    expect(answer).toMatchObject({ __typename: 'Busy', code: 'BUSY', path: where, run: { id: held.run } });
    await held.release();
    expect((await call<object>(app, 'copyState', input, 'state { id }')).__typename).toBe('CopyStateSuccess');
  });

  test('two at once, each over the source of the other, both happen', async () => {
    await placeState(app, 'desk/dev/left', { completed: '{"singer_state": "left"}' });
    await placeState(app, 'desk/dev/right', { completed: '{"singer_state": "right"}' });
    await Promise.all([
      copy('desk/dev/left', { stateId: 'right' }),
      copy('desk/dev/right', { stateId: 'left' }),
    ]);
    const [left, right] = [await readState(app, 'desk/dev/left'), await readState(app, 'desk/dev/right')];
    // Whichever was first, the second copied what the first had left.
    expect(left?.completed).toEqual(right?.completed);
  });
});
