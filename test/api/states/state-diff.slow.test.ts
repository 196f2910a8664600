import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { placeState } from '../../kit/verbs/states.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

interface Shown {
  json: unknown;
  text: string;
}

interface Diff {
  changes: { path: string; kind: string; before: Shown | null; after: Shown | null }[];
  isTruncated: boolean;
}
interface Version {
  version: number;
  diff: Diff | null;
}

const versionsOf = (stateId: string, arguments_ = '', first = 20) =>
  app.send<{ project: { environment: { state: { versions: { nodes: Version[] } } } } }>(
    `{ project(ref: "desk") { environment(name: "dev") { state(stateId: "${stateId}") {
      versions(first: ${first}) { nodes { version diff${arguments_} {
        isTruncated changes { path kind before { json text } after { json text } } } } } } } } }`,
  );

async function diffs(stateId: string, arguments_ = ''): Promise<(Diff | null)[]> {
  const { data, errors } = await versionsOf(stateId, arguments_);
  expect(errors).toBeUndefined();
  return data.project.environment.state.versions.nodes.map(({ diff }) => diff);
}

test('a version tells what it has changed since the one before, and the first one since nothing', async () => {
  await placeState(app, 'desk/dev/three', { completed: '{"singer_state": {"a": 9007199254740992}}' });
  // Merged, only one of them is another one.
  await placeState(app, 'desk/dev/three', {
    completed: '{"singer_state": {"a": 1, "b": [1]}}',
    partial: '{"singer_state": {"a": 9007199254740993}}',
  });
  await placeState(app, 'desk/dev/three', { completed: '{"singer_state": {"b": [1], "a": null}}' });
  const change = (path: string, kind: string, before: Shown | null, after: Shown) => ({
    ...{ path, kind, before, after },
  });
  const [even, odd] = ['9007199254740992', '9007199254740993'].map((text) => ({ json: 2 ** 53, text })) as [
    Shown,
    Shown,
  ];
  expect(await diffs('three')).toEqual([
    {
      isTruncated: false,
      changes: [change('/singer_state/a', 'CHANGED', odd, { json: null, text: 'null' })],
    },
    {
      isTruncated: false,
      changes: [
        change('/singer_state/a', 'CHANGED', even, odd),
        change('/singer_state/b', 'ADDED', null, { json: [1], text: '[1]' }),
      ],
    },
    {
      isTruncated: false,
      changes: [
        change('/singer_state', 'ADDED', null, { json: { a: 2 ** 53 }, text: '{"a":9007199254740992}' }),
      ],
    },
  ]);
});

test('it is compared with any other version, with an empty document, and with itself', async () => {
  for (const value of [1, 2, 3]) {
    await placeState(app, 'desk/dev/any', { completed: `{"singer_state": ${value}}` });
  }
  const values = async (against: number) =>
    (await diffs('any', `(against: ${against})`)).map(
      (diff) =>
        diff?.changes.map(({ before, after }) => `${before?.text ?? null} ${after?.text ?? null}`) ?? null,
    );
  expect(await values(1)).toEqual([['1 3'], ['1 2'], []]);
  expect(await values(3)).toEqual([[], ['3 2'], ['3 1']]);
  expect(await values(0)).toEqual([['null 3'], ['null 2'], ['null 1']]);
  expect(await values(4)).toEqual([null, null, null]);
  expect(await values(-1)).toEqual([null, null, null]);
});

test('a list of a hundred versions is compared in one statement more', async () => {
  for (let value = 0; value < 101; value += 1) {
    await placeState(app, 'desk/dev/long', { completed: `{"singer_state": ${value}}` });
  }
  const { statements, result } = await app.counting(() => versionsOf('long', '', 100));
  expect(statements).toHaveLength(2);
  const { nodes } = result.data.project.environment.state.versions;
  expect(nodes).toHaveLength(100);
  for (const { version, diff } of nodes) {
    const [before, after] = [String(version - 2), String(version - 1)];
    expect(diff?.changes).toMatchObject([
      { path: '/singer_state', before: { text: before }, after: { text: after } },
    ]);
  }
});

test('too much to compare is an error of that field alone', async () => {
  const long = JSON.stringify({ singer_state: 'x'.repeat(4_000_000) });
  for (let i = 0; i < 6; i += 1) await placeState(app, 'desk/dev/vast', { completed: long });
  const { data, errors } = await versionsOf('vast');
  const { nodes } = data.project.environment.state.versions;
  expect(nodes.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(nodes[0]?.diff).toEqual({ isTruncated: false, changes: [] });
  expect(nodes.at(-1)?.diff).toBeNull();
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
});
