import { createClient } from 'graphql-ws';
import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime';
import type { GraphQLResponse } from 'relay-runtime';
import { WebSocket } from 'ws';
import { authorizationOf, type Gateway } from '../tour.ts';

/**
 * Relay's environment: queries and mutations by HTTP, subscriptions by one WebSocket. With `persistConfig`, relay-compiler
 * leaves the texts out of what it makes, and requests bring the ids of the documents: a gateway that is started with
 * `--trusted-documents` executes these, and no others.
 */
export function relayEnvironment(gateway: Gateway): { environment: Environment; close: () => Promise<void> } {
  const webSocket = createClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: authorizationOf(gateway),
    // A browser has one of its own.
    webSocketImpl: WebSocket,
  });
  const network = Network.create(
    async ({ id, text, name }, variables) => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorizationOf(gateway) },
        body: JSON.stringify({
          ...(text === null ? { id } : { query: text }),
          operationName: name,
          variables,
        }),
      });
      return (await response.json()) as GraphQLResponse;
    },
    ({ id, text, name }, variables) => {
      const asked = { query: text ?? '', ...(text === null ? { id } : {}), operationName: name, variables };
      return Observable.create((sink) =>
        webSocket.subscribe(asked, {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (error) => sink.error(error instanceof Error ? error : new Error(JSON.stringify(error))),
          complete: () => sink.complete(),
        }),
      );
    },
  );
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  return { environment, close: async () => webSocket.dispose() };
}
