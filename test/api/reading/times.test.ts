import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixture } from '../../kit/data/projects.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const query = `query ($time: DateTime) { project(ref: "desk") {
  runs(filter: { createdSince: $time, createdBefore: $time }) { totalCount } } }`;

const mutation = `mutation ($time: DateTime) {
  deleteRuns(input: { filter: { project: "desk", createdSince: $time, endedBefore: $time } }) { __typename } }`;

test.each(['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])(
  'takes the time %s',
  async (time) => {
    expect(await app.query(query, { time })).toEqual({ project: { runs: { totalCount: 0 } } });
    expect(await app.query(mutation, { time })).toEqual({ deleteRuns: { __typename: 'DeleteRunsSuccess' } });
  },
);

test.each([
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-12:00',
  '+010000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01',
  '',
  `2026-01-01T00:00:00.${'0'.repeat(100_000)}Z`,
])('refuses the time "%s", in a variable and in the document', async (time) => {
  for (const document of [query, mutation]) {
    const inline = document.replace(/\(\$time: DateTime\)/, '').replaceAll('$time', JSON.stringify(time));
    for (const answer of [await app.send(document, { time }), await app.send(inline)]) {
      expect(answer.data).toBeUndefined();
      expect(answer.errors?.[0]?.message).toMatch(/DateTime/);
      expect(answer.errors?.[0]?.extensions?.code).toMatch(/^BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED$/);
    }
  }
});
