// graphql-request: the least that sends queries and mutations. It has no cache and no subscriptions: here graphql-ws has them.
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import { print } from 'graphql';
import { WebSocket } from 'ws';
import { cancelRun, failedRuns, runJob, runUpdated, type Run } from '../documents.ts';
import { authorizationOf, job, type Seen, type Tour } from '../tour.ts';

export const graphqlRequest: Tour = async (gateway) => {
  const client = new GraphQLClient(gateway.url, { headers: authorizationOf(gateway) });
  const pages: string[][] = [];
  let after = null as string | null;
  do {
    const { runs } = await client.request(failedRuns, { first: 2, after });
    pages.push(runs.edges.map(({ node }) => node.id));
    after = runs.pageInfo.hasNextPage ? runs.pageInfo.endCursor : null;
  } while (after !== null);

  const missing = await client.request(runJob, { input: { job: 'demo/dev/nosuch' } });
  const refused = missing.runJob.__typename === 'RunJobSuccess' ? '' : missing.runJob.code;

  const started = await client.request(runJob, { input: { job } });
  if (started.runJob.__typename !== 'RunJobSuccess') throw new Error(started.runJob.message);
  const { run } = started.runJob;

  const events = createClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: authorizationOf(gateway),
    // A browser has one of its own.
    webSocketImpl: WebSocket,
  });
  const statuses: string[] = [];
  const variables = { run: run.id };
  for await (const { data } of events.iterate<{ runUpdated: Run }>({ query: print(runUpdated), variables })) {
    statuses.push(data?.runUpdated.status ?? '');
    if (statuses.length === 1) await client.request(cancelRun, { input: { run: run.id } });
  }
  await events.dispose();
  return { pages, refused, statuses } satisfies Seen;
};
