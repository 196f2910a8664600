import { afterAll, beforeAll, expect, test } from 'vitest';
import { apollo } from './apollo/tour.ts';
import { graphqlRequest } from './graphql-request/tour.ts';
import { startScene, type Scene } from './scene.ts';
import { tanstackQuery } from './tanstack-query/tour.ts';
import type { Seen } from './tour.ts';
import { urql } from './urql/tour.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.stop());

const expected = ({ failed }: Scene): Omit<Seen, 'cached'> => ({
  pages: [failed.slice(0, 2), failed.slice(2, 4), failed.slice(4)],
  refused: 'NOT_FOUND',
  statuses: ['QUEUED', 'CANCELLED'],
});

test('graphql-request reads pages, starts a run, and follows it with graphql-ws', async () => {
  expect(await graphqlRequest(scene)).toEqual(expected(scene));
});

test('TanStack Query keeps pages and a run that it follows', async () => {
  expect(await tanstackQuery(scene)).toEqual({ ...expected(scene), cached: 'CANCELLED' });
});

test('urql with graphcache reads pages into one list, starts a run, and follows it by events', async () => {
  expect(await urql(scene)).toEqual(expected(scene));
});

test('Apollo Client reads pages, starts a run, follows it by WebSocket, and sends each text once', async () => {
  const sent: { operationName: string; query?: string }[] = [];
  const send: typeof fetch = (address, init) => {
    sent.push(JSON.parse(init?.body as string) as (typeof sent)[number]);
    return fetch(address, init);
  };
  expect(await apollo(scene, send)).toEqual({ ...expected(scene), cached: 'CANCELLED' });
  const names = sent.map(
    ({ operationName, query }) => `${operationName}${query === undefined ? '' : ' with text'}`,
  );
  expect(names).toEqual([
    ...['FailedRuns', 'FailedRuns with text', 'FailedRuns', 'FailedRuns'],
    ...['RunJob', 'RunJob with text', 'RunJob', 'CancelRun', 'CancelRun with text'],
  ]);
});
