// urql with graphcache: a normalised cache that knows the schema. Subscriptions come as Server-Sent Events by `fetch`, which
// takes a header, as the browser's EventSource does not. `../apollo/` shows a WebSocket, for pages with several streams.
import { Client, fetchExchange, type AnyVariables, type OperationResult } from '@urql/core';
import { cacheExchange, type CacheExchangeOpts } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { cancelRun, failedRuns, runJob, runUpdated } from '../documents.ts';
import { authorizationOf, job, type Gateway, type Tour } from '../tour.ts';

/** Graphcache takes the result of an introspection. An application would write it to a file when it is built. */
async function readSchema(gateway: Gateway): Promise<NonNullable<CacheExchangeOpts['schema']>> {
  const address = new URL('schema.graphql', gateway.url);
  const text = await (await fetch(address, { headers: authorizationOf(gateway) })).text();
  return introspectionFromSchema(buildSchema(text));
}

export const urql: Tour = async (gateway) => {
  const client = new Client({
    url: gateway.url,
    preferGetMethod: false,
    fetchOptions: { headers: authorizationOf(gateway) },
    fetchSubscriptions: true,
    exchanges: [
      cacheExchange({
        schema: await readSchema(gateway),
        // Pages become one list, which grows.
        resolvers: { Query: { runs: relayPagination() } },
      }),
      fetchExchange,
    ],
  });

  const pages: string[][] = [];
  let seen = 0;
  let after = null as string | null;
  do {
    const { runs } = dataOf(await client.query(failedRuns, { first: 2, after }).toPromise());
    pages.push(runs.edges.slice(seen).map(({ node }) => node.id));
    seen = runs.edges.length;
    after = runs.pageInfo.hasNextPage ? runs.pageInfo.endCursor : null;
  } while (after !== null);

  const missing = dataOf(await client.mutation(runJob, { input: { job: 'demo/dev/nosuch' } }).toPromise());
  const refused = missing.runJob.__typename === 'RunJobSuccess' ? '' : missing.runJob.code;

  const started = dataOf(await client.mutation(runJob, { input: { job } }).toPromise());
  if (started.runJob.__typename !== 'RunJobSuccess') throw new Error(started.runJob.message);
  const { id } = started.runJob.run;
  const statuses = await new Promise<string[]>((resolve) => {
    const all: string[] = [];
    const following = client.subscription(runUpdated, { run: id }).subscribe((result) => {
      const { status } = dataOf(result).runUpdated;
      // With what a mutation writes into the cache, the same event may be shown again.
      if (all.at(-1) !== status) all.push(status);
      if (all.length === 1) void client.mutation(cancelRun, { input: { run: id } }).toPromise();
      if (status !== 'CANCELLED') return;
      following.unsubscribe();
      resolve(all);
    });
  });
  return { pages, refused, statuses };
};

function dataOf<Data, Variables extends AnyVariables>({
  data,
  error,
}: OperationResult<Data, Variables>): Data {
  if (data === undefined) throw error ?? new Error('There is no answer.');
  return data;
}
