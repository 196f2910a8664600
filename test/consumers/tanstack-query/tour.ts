// TanStack Query: a cache by keys of your own, over any way to fetch. This is its core; `useQuery`, `useInfiniteQuery` and
// `useMutation` of React, Vue, Solid and Svelte take the same options.
import { InfiniteQueryObserver, MutationObserver, QueryClient } from '@tanstack/query-core';
import { GraphQLClient } from 'graphql-request';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { cancelRun, failedRuns, runJob, runUpdated, type Run } from '../documents.ts';
import { authorizationOf, job, type Tour } from '../tour.ts';

export const tanstackQuery: Tour = async (gateway) => {
  const api = new GraphQLClient(gateway.url, { headers: authorizationOf(gateway) });
  const queries = new QueryClient();

  const failed = new InfiniteQueryObserver(queries, {
    queryKey: ['runs', 'FAILED'],
    queryFn: ({ pageParam }) => api.request(failedRuns, { first: 2, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ runs: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  let shown = await failed.fetchNextPage();
  while (shown.hasNextPage) shown = await failed.fetchNextPage();
  const pages = shown.data?.pages.map(({ runs }) => runs.edges.map(({ node }) => node.id)) ?? [];

  const start = new MutationObserver(queries, {
    // A refused mutation is an answer like any other. Whoever wants it as an error throws it here.
    mutationFn: async (input: { job: string }) => {
      const answer = (await api.request(runJob, { input })).runJob;
      if (answer.__typename !== 'RunJobSuccess') throw Object.assign(new Error(answer.message), answer);
      return answer.run;
    },
    onSuccess: (run) => queries.setQueryData(['run', run.id], run),
  });
  const refused = await start.mutate({ job: 'demo/dev/nosuch' }).then(
    () => '',
    (error: unknown) => (error as { code?: string }).code ?? '',
  );
  const { id } = await start.mutate({ job });

  // What comes by WebSocket goes into the cache, from which everything is shown.
  const events = createClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: authorizationOf(gateway),
    webSocketImpl: WebSocket,
  });
  const statuses: string[] = [];
  const asked = { query: print(runUpdated), variables: { run: id } };
  for await (const { data } of events.iterate<{ runUpdated: Run }>(asked)) {
    if (!data) continue;
    queries.setQueryData(['run', id], data.runUpdated);
    statuses.push(data.runUpdated.status);
    if (statuses.length === 1) await api.request(cancelRun, { input: { run: id } });
  }
  await events.dispose();
  const cached = queries.getQueryData<Run>(['run', id])?.status;
  queries.clear();
  return { pages, refused, statuses, cached };
};
