import { gql, type TypedDocumentNode } from '@apollo/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../kit/wait.ts';
import { stayCurrent } from './apollo/changes.ts';
import { apolloClient } from './apollo/client.ts';
import { apollo } from './apollo/tour.ts';
import { cancelRun, runJob } from './documents.ts';
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

const jobs: TypedDocumentNode<{
  jobs: { nodes: { name: string; latestRun: { status: string } | null }[] };
}> = gql`
  query Jobs {
    jobs(environment: "demo/dev", first: 100) {
      nodes {
        id
        name
        latestRun {
          id
          status
        }
      }
    }
  }
`;

test('Apollo Client shows what others change, and after a lost connection what it has missed', async () => {
  const { client, webSocket } = await apolloClient(scene);
  const others = (await apolloClient(scene)).client;
  const watched = client.watchQuery({ query: jobs });
  const watching = watched.subscribe(() => undefined);
  const shown = (): Map<string, string | undefined> => {
    const { data } = watched.getCurrentResult();
    return new Map(
      data?.jobs?.nodes?.map(({ name = '', latestRun }) => [name, latestRun?.status] as [string, string]),
    );
  };
  const end = new AbortController();
  let goOn = (): void => undefined;
  const paused = new Promise<void>((resolve) => (goOn = resolve));
  const following = stayCurrent(client, end.signal, () => paused);
  await waitFor('The jobs', () => shown().has('sales'));

  const started = await others.mutate({ mutation: runJob, variables: { input: { job: 'demo/dev/sales' } } });
  if (started.data?.runJob.__typename !== 'RunJobSuccess') throw new Error('The job was not started.');
  const run = started.data.runJob.run.id;
  await waitFor('The run', () => shown().get('sales') === 'QUEUED');

  webSocket.terminate();
  await others.mutate({ mutation: cancelRun, variables: { input: { run } } });
  const deleteJob = gql`
    mutation {
      deleteJob(input: { job: "demo/dev/broken-report" }) {
        __typename
      }
    }
  `;
  await others.mutate({ mutation: deleteJob });
  expect([...shown().keys()]).toContain('broken-report');
  goOn();
  await waitFor(
    'What was missed',
    () => !shown().has('broken-report') && shown().get('sales') === 'CANCELLED',
  );

  end.abort();
  await following;
  watching.unsubscribe();
  for (const one of [client, others]) one.stop();
  await webSocket.dispose();
});
