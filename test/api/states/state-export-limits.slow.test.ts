import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentLimits } from '../../../src/domain/states/documents/check-state.ts';
import { maxStates } from '../../../src/domain/states/import-state.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { call, done } from '../../kit/verbs/call.ts';
import { listed, placeState } from '../../kit/verbs/states.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

interface Exported {
  count: number;
  text: string;
}

/** The states of `desk/dev` whose ids begin with a text; the code of the error when there are too many. */
async function exported(beginning: string): Promise<Exported | string> {
  const response = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `query ($pattern: String!) { project(ref: "desk") { environment(name: "dev") {
        stateExport(filter: { pattern: $pattern }) { count text } } } }`,
      variables: { pattern: `${beginning}*` },
    }),
  });
  interface Answer {
    data: { project: { environment: { stateExport: Exported | null } } };
    errors?: { extensions: { code: string } }[];
  }
  const { data, errors } = (await response.json()) as Answer;
  const { stateExport } = data.project.environment;
  if (stateExport !== null) return stateExport;
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions.code ?? '';
}

test(`as many states as may be are exported, and not one more`, async () => {
  const states = Object.fromEntries(
    Array.from({ length: maxStates - 1 }, (_, i) => [
      `many-${i}`,
      { completed: { singer_state: i }, partial: {} },
    ]),
  );
  await done(app, 'importState', { environment: 'desk/dev', states: listed(states) }, 'environment { id }');
  expect(await exported('many-')).toMatchObject({ count: maxStates - 1 });
  await placeState(app, 'desk/dev/many-last', { completed: '{"singer_state": 1}' });
  const all = await exported('many-');
  expect(all).toMatchObject({ count: maxStates });
  // What is given out can be taken in.
  const input = { environment: 'desk/dev', text: (all as Exported).text };
  expect(await call<object>(app, 'importState', input, 'environment { id }')).toMatchObject({
    __typename: 'ImportStateSuccess',
  });
  await placeState(app, 'desk/dev/many-more', { completed: '{"singer_state": 1}' });
  expect(await exported('many-')).toBe('TOO_MANY');
});

describe('as many characters as may be are exported, and not one more', () => {
  const { length } = documentLimits;
  const document = (characters: number, begin = ''): string =>
    `{"singer_state":"${begin}${'x'.repeat(characters - begin.length - '{"singer_state":""}'.length)}"}`;
  /** What an export has besides the documents. */
  const around = (...stateIds: string[]): number =>
    `{${stateIds.map((id) => `"${id}": {"completed": , "partial": }`).join(', ')}}`.length;

  test('of one state', async () => {
    const most = length - around('one') - 2;
    for (const [more, expected] of [
      [-1, length - 1],
      [0, length],
      [1, 'TOO_MANY'],
    ] as const) {
      await placeState(app, 'desk/dev/one', { completed: document(most + more) });
      const answer = await exported('one');
      expect([more, typeof answer === 'string' ? answer : answer.text.length]).toEqual([more, expected]);
    }
  });

  test('of several states and both documents', async () => {
    const half = Math.floor(length / 2) - around('two-a', 'two-b');
    const rest = length - around('two-a', 'two-b') - 2 - half - 100;
    await placeState(app, 'desk/dev/two-a', { completed: document(half), partial: document(100) });
    for (const [more, expected] of [
      [0, length],
      [1, 'TOO_MANY'],
      // The documents alone are too long.
      [around('two-a', 'two-b') + 1, 'TOO_MANY'],
    ] as const) {
      await placeState(app, 'desk/dev/two-b', { completed: document(rest + more) });
      const answer = await exported('two-');
      expect([more, typeof answer === 'string' ? answer : answer.text.length]).toEqual([more, expected]);
    }
  });

  test('in which a character outside of the first 65,536 counts as two', async () => {
    const most = length - around('astral') - 2;
    const begin = '\u{1F680}'.repeat(1000);
    await placeState(app, 'desk/dev/astral', { completed: document(most, begin) });
    expect(((await exported('astral')) as Exported).text).toHaveLength(length);
    await placeState(app, 'desk/dev/astral', { completed: document(most + 1, begin) });
    expect(await exported('astral')).toBe('TOO_MANY');
  });
});
