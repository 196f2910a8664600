import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { changeState, nodeState, placeState, readState, storedText } from '../../kit/verbs/states.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const move = (from: string, to: object) => changeState(app, 'moveState', { state: from, to });

describe('moveState', () => {
  test('gives the destination what the documents merge to, and clears the source', async () => {
    await placeState(app, 'desk/dev/from', {
      completed: '{"singer_state": {"a": 1, "id": 9007199254740993}}',
      partial: '{"singer_state": {"a": 2}}',
    });
    await placeState(app, 'annex/dev/to', {
      completed: '{"singer_state": "old"}',
      partial: '{"singer_state": "older"}',
    });
    const [source, before] = [await readState(app, 'desk/dev/from'), await readState(app, 'annex/dev/to')];
    const state = await move('desk/dev/from', { environment: 'annex/dev', stateId: 'to' });
    expect(state).toMatchObject({
      ...{ id: before?.id, path: 'annex/dev/to', partial: {}, version: 2 },
      versions: {
        nodes: [
          { version: 2, change: 'MOVE', stateId: 'to' },
          { version: 1, completed: { singer_state: 'old' }, partial: { singer_state: 'older' } },
        ],
      },
    });
    expect(await storedText(app, 'to')).toEqual(['{"singer_state":{"a":2,"id":9007199254740993}} {}']);
    // Its id is free, as after Meltano's own: no former path leads from there.
    expect(await readState(app, 'desk/dev/from')).toBeNull();
    expect(await nodeState(app, source?.id ?? '')).toMatchObject({
      ...{ completed: {}, partial: {}, version: 2, deletedAt: expect.any(String) as string },
      versions: { nodes: [{ change: 'CLEAR' }, { completed: { singer_state: { a: 1 } } }] },
    });
  });

  test('moves within the environment when none is named, and back over the one that was cleared', async () => {
    const id = await placeState(app, 'desk/dev/there', { completed: '{"singer_state": 1}' });
    await move('desk/dev/there', { stateId: 'elsewhere' });
    const back = await move('desk/dev/elsewhere', { stateId: 'there' });
    expect(Buffer.from(back.id, 'base64url').toString()).toBe(`State:${id}`);
    expect(back).toMatchObject({ version: 3, completed: { singer_state: 1 } });
    expect(back.versions.nodes.map(({ change }) => change)).toEqual(['MOVE', 'CLEAR', 'RUN']);
  });

  test('refuses the source itself, one that is not there or was cleared, and one without singer_state', async () => {
    await placeState(app, 'desk/dev/self', { completed: '{"singer_state": 1}' });
    await placeState(app, 'desk/dev/bare', { completed: '{"other": 1}' });
    const refusal = (from: string, stateId: string) =>
      refused(app, 'moveState', { state: from, to: { stateId } });
    expect(mistakes(await refusal('desk/dev/self', 'self'))).toEqual(['input.to.stateId: SAME_STATE']);
    expect(mistakes(await refusal('desk/dev/bare', 'x'))).toEqual(['input.state: NO_SINGER_STATE']);
    expect(await refusal('desk/dev/none', 'x')).toMatchObject({ __typename: 'NotFound' });
    const { id } = await move('desk/dev/self', { stateId: 'gone' });
    await done(app, 'clearState', { state: id }, 'state { id }');
    expect(mistakes(await refusal(id, 'x'))).toEqual(['input.state: NO_SINGER_STATE']);
  });

  test('is refused while a run holds either id', async () => {
    await placeState(app, 'desk/dev/one', { completed: '{"singer_state": 1}' });
    const places = [
      ['one', ['input', 'state']],
      ['two', ['input', 'to', 'stateId']],
    ] as const;
    for (const [stateId, path] of places) {
      const held = await hold(app, `desk/dev/${stateId}`);
      const answer = await refused(app, 'moveState', { state: 'desk/dev/one', to: { stateId: 'two' } });
      expect(answer).toMatchObject({ __typename: 'Busy', path, run: { id: held.run } });
      await held.release();
    }
  });

  test('two at once, each over the source of the other, leave one state', async () => {
    await placeState(app, 'desk/dev/left', { completed: '{"singer_state": "left"}' });
    await placeState(app, 'desk/dev/right', { completed: '{"singer_state": "right"}' });
    const all = await Promise.allSettled([
      move('desk/dev/left', { stateId: 'right' }),
      move('desk/dev/right', { stateId: 'left' }),
    ]);
    // The second moves back what the first had moved, when it found it before it was overwritten.
    expect(all.map(({ status }) => status)).toContain('fulfilled');
    const states = [await readState(app, 'desk/dev/left'), await readState(app, 'desk/dev/right')];
    expect(states.filter((state) => state !== null)).toHaveLength(1);
  });
});
