import { createServer, type Server } from 'node:http';
import { createYoga } from 'graphql-yoga';
import type { Services } from '../domain/services.ts';
import { createContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import { graphiqlOptions, graphiqlPage } from './graphiql.ts';
import { guarded, isLoopback, type ReadRequest } from './http.ts';
import { limitPlugins } from './limits.ts';
import { maskErrors } from './mask-error.ts';
import { movedPathsPlugin } from './moved-paths.ts';
import { plainQueries } from './plain-query.ts';

/** A server that listens. */
export interface GraphQLServer {
  /** Address of the GraphQL endpoint and of GraphiQL. */
  url: string;
  /** Accepts no further connections, and ends those that are open. */
  close: () => Promise<void>;
}

/**
 * How long an idle connection stays open, in milliseconds. Longer than proxies keep theirs, which is a minute as a
 * rule: one that we closed first would fail the request that a proxy is sending on it.
 */
const keepAliveMs = 65_000;

/** Serves the API on an address. @throws when the address cannot be had (`EADDRINUSE`, `EACCES` …) */
export async function startServer(services: Services, host: string, port: number): Promise<GraphQLServer> {
  const { log } = services;
  const yoga = createYoga<{ req: ReadRequest }>({
    schema,
    context: ({ req }) => createContext(services, req.failed !== true),
    maskedErrors: { maskError: maskErrors(log) },
    // Other origins get no leave to read; a page that needs it is served through a proxy of its own.
    cors: false,
    landingPage: false,
    multipart: false,
    batching: false,
    // Yoga gives a syntax error its code and status the first time only, and then keeps it as it came.
    parserAndValidationCache: { errorCache: { get: () => undefined, set: () => undefined } },
    // The body is here before Yoga is asked, and had its limit.
    maxRequestBodySize: false,
    healthCheckEndpoint: '/health',
    graphiql: () => graphiqlOptions(services),
    renderGraphiQL: graphiqlPage,
    plugins: [...limitPlugins(), movedPathsPlugin],
    logging: {
      debug: () => undefined,
      info: () => undefined,
      warn: (...args: unknown[]) => log.warn({ args }, 'graphql'),
      // What is an error to Yoga was masked, and logged whole then.
      error: () => undefined,
    },
  });
  const answerPlain = plainQueries(yoga, () => createContext(services));
  const server = createServer(
    { keepAliveTimeout: keepAliveMs },
    guarded((request, response) => {
      void answerPlain(request, response).then(async (answered) => {
        if (!answered) await yoga(request, response);
      });
    }, isLoopback(host)),
  );
  const address = await listen(server, host, port);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/graphql`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<{ port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port };
}
