import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { buildSchema, isAbstractType, OperationTypeNode } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { authorizationOf, type Gateway } from '../tour.ts';

/** What the cache must know of interfaces and unions. An application would write it to a file when it is built. */
async function readPossibleTypes(gateway: Gateway): Promise<Record<string, string[]>> {
  const address = new URL('schema.graphql', gateway.url);
  const schema = buildSchema(await (await fetch(address, { headers: authorizationOf(gateway) })).text());
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

/**
 * Apollo Client 4: queries and mutations by HTTP with automatic persisted queries, subscriptions by one WebSocket.
 *
 * @param send sends the requests; a browser's `fetch` when absent
 */
export async function apolloClient(
  gateway: Gateway,
  send: typeof fetch = fetch,
): Promise<{ client: ApolloClient; webSocket: Client }> {
  const webSocket = createClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: authorizationOf(gateway),
    // It would subscribe again with the variables of the first time, and miss what has happened since. See `changes.ts`.
    retryAttempts: 0,
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
  return { client, webSocket };
}
