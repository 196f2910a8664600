import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import type { TestApp } from '../kit/app.ts';
import { seeder } from '../kit/data/seed.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { apollo } from './apollo/tour.ts';
import { graphqlRequest } from './graphql-request/tour.ts';
import { tanstackQuery } from './tanstack-query/tour.ts';
import type { Gateway, Seen } from './tour.ts';
import { urql } from './urql/tour.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';

let app: TestApp;
let stop: () => Promise<void>;
let gateway: Gateway;
let failed: string[];
beforeAll(async () => {
  // It executes no runs: one that is started waits until it is cancelled.
  ({ app, stop } = await startSampleApp({ apiToken: token, slots: 0 }));
  gateway = { url: app.url, token };
  const { store } = app.app;
  const { id: environmentId, projectId } = await store.prisma.environment.findFirstOrThrow({
    where: { name: 'dev', project: { name: 'demo' } },
  });
  const seed = seeder(store);
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await seed.run(projectId, { environmentId, status: 'FAILED' }));
  failed = ids.map((id) => encodeGlobalId({ type: 'Run', id })).reverse();
});
afterAll(() => stop());

const expected = (): Omit<Seen, 'cached'> => ({
  pages: [failed.slice(0, 2), failed.slice(2, 4), failed.slice(4)],
  refused: 'NOT_FOUND',
  statuses: ['QUEUED', 'CANCELLED'],
});

test('graphql-request reads pages, starts a run, and follows it with graphql-ws', async () => {
  expect(await graphqlRequest(gateway)).toEqual(expected());
});

test('TanStack Query keeps pages and a run that it follows', async () => {
  expect(await tanstackQuery(gateway)).toEqual({ ...expected(), cached: 'CANCELLED' });
});

test('urql with graphcache reads pages into one list, starts a run, and follows it by events', async () => {
  expect(await urql(gateway)).toEqual(expected());
});

test('Apollo Client reads pages, starts a run, follows it by WebSocket, and sends each text once', async () => {
  const sent: { operationName: string; query?: string }[] = [];
  const send: typeof fetch = (address, init) => {
    sent.push(JSON.parse(init?.body as string) as (typeof sent)[number]);
    return fetch(address, init);
  };
  expect(await apollo(gateway, send)).toEqual({ ...expected(), cached: 'CANCELLED' });
  const names = sent.map(
    ({ operationName, query }) => `${operationName}${query === undefined ? '' : ' with text'}`,
  );
  expect(names).toEqual([
    ...['FailedRuns', 'FailedRuns with text', 'FailedRuns', 'FailedRuns'],
    ...['RunJob', 'RunJob with text', 'RunJob', 'CancelRun', 'CancelRun with text'],
  ]);
});
