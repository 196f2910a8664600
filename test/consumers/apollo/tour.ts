// Apollo Client 4, as `client.ts` makes it. `changes.ts` keeps what a page shows up to date.
import { gql } from '@apollo/client';
import { cancelRun, failedRuns, runJob, runUpdated, type Run } from '../documents.ts';
import { job, type Gateway, type Seen } from '../tour.ts';
import { apolloClient } from './client.ts';

/** @param send sends the requests; a browser's `fetch` when absent */
export async function apollo(gateway: Gateway, send: typeof fetch = fetch): Promise<Seen> {
  const { client, webSocket } = await apolloClient(gateway, send);

  const pages: string[][] = [];
  const asked = { query: failedRuns, variables: { first: 2 } };
  let page = (await client.query(asked)).data;
  // What a page shows: it has the answer from the cache, and grows with each page that is fetched.
  const failed = client.watchQuery(asked);
  const shown = failed.subscribe(() => undefined);
  while (page) {
    const { edges, pageInfo } = page.runs;
    pages.push(edges.map(({ node }) => node.id));
    if (!pageInfo.hasNextPage) break;
    page = (await failed.fetchMore({ variables: { first: 2, after: pageInfo.endCursor } })).data;
  }
  shown.unsubscribe();

  const missing = await client.mutate({ mutation: runJob, variables: { input: { job: 'demo/dev/nosuch' } } });
  const refused = missing.data?.runJob.__typename === 'NotFound' ? missing.data.runJob.code : '';

  const started = await client.mutate({ mutation: runJob, variables: { input: { job } } });
  if (started.data?.runJob.__typename !== 'RunJobSuccess') throw new Error('The job was not started.');
  const { id } = started.data.runJob.run;
  const statuses: string[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe({ query: runUpdated, variables: { run: id } }).subscribe({
      next: ({ data }) => {
        statuses.push(data?.runUpdated.status ?? '');
        if (statuses.length > 1) return;
        client.mutate({ mutation: cancelRun, variables: { input: { run: id } } }).catch(reject);
      },
      error: reject,
      complete: resolve,
    });
  });
  const cached = client.cache.readFragment<Run>({
    id: `Run:${id}`,
    fragment: gql`
      fragment Status on Run {
        status
      }
    `,
  });
  client.stop();
  await webSocket.dispose();
  return { pages, refused, statuses, cached: cached?.status };
}
