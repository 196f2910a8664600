// Apollo Client 4: queries and mutations by HTTP with automatic persisted queries, subscriptions by one WebSocket.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { buildSchema, isAbstractType, OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { cancelRun, failedRuns, runJob, runUpdated, type Run } from '../documents.ts';
import { authorizationOf, job, type Gateway, type Seen } from '../tour.ts';

/** What the cache must know of interfaces and unions. An application would write it to a file when it is built. */
async function readPossibleTypes(gateway: Gateway): Promise<Record<string, string[]>> {
  const address = new URL('schema.graphql', gateway.url);
  const schema = buildSchema(await (await fetch(address, { headers: authorizationOf(gateway) })).text());
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

/** @param send sends the requests; a browser's `fetch` when absent */
export async function apollo(gateway: Gateway, send: typeof fetch = fetch): Promise<Seen> {
  const webSocket = createClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: authorizationOf(gateway),
    // A browser has one of its own.
    webSocketImpl: WebSocket,
  });
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(webSocket),
      ApolloLink.from([
        // The hash first; the text only when the gateway does not know it.
        new PersistedQueryLink({ sha256: (text) => createHash('sha256').update(text).digest('hex') }),
        new HttpLink({ uri: gateway.url, headers: authorizationOf(gateway), fetch: send }),
      ]),
    ),
    cache: new InMemoryCache({
      possibleTypes: await readPossibleTypes(gateway),
      // Pages become one list, which grows.
      typePolicies: { Query: { fields: { runs: relayStylePagination(['filter', 'orderBy', 'job']) } } },
    }),
  });

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
