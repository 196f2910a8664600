import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createYoga } from 'graphql-yoga';
import type { Gateway } from '../domain/gateway.ts';
import type { HostName } from '../lib/serving/host-name.ts';
import type { Store } from '../store/index.ts';
import { createContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import { answerLimitsPlugin } from './answers.ts';
import { deprecatedUse, deprecatedUsePlugin } from './deprecated-use.ts';
import { automaticDocuments } from './documents/automatic.ts';
import { documentCache } from './documents/document-cache.ts';
import { formerInputsPlugins } from './documents/former-inputs.ts';
import { trustedDocuments } from './documents/trusted.ts';
import { eventsPlugin } from './events.ts';
import { sendAsset } from './graphiql/assets.ts';
import { sendGraphiql } from './graphiql/page.ts';
import { findExample } from './graphiql/example.ts';
import { accessBy } from './http/access.ts';
import { Budget } from '../lib/serving/budget.ts';
import { refuseBrokenRequests } from './http/connection-errors.ts';
import { front, graphqlPath, type ReadRequest } from './http/front.ts';
import { healthAnswers } from './http/health.ts';
import { refuse } from './http/refusal.ts';
import { sendMetrics } from '../metrics/listen.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { limitPlugins } from './limits.ts';
import { livePlugin } from './live.ts';
import { maskError, maskErrors } from './mask-error.ts';
import { measureRequest, measuringPlugin } from './metrics/measured-requests.ts';
import { movedPathsPlugin } from './moved-paths.ts';
import { plainQueries } from './plain-query.ts';
import { subscriptionLimitsPlugin, type SubscriptionLimits } from './subscription-limits.ts';
import { pushTaker, type ReadSecret } from './git-push/git-push.ts';
import { sendRunLog } from './run-log/run-log.ts';
import { retryHeaders, unavailablePlugin } from './unavailable.ts';
import { acceptWebSockets } from './web-socket/upgrade.ts';
import type { Execute } from './web-socket/connection.ts';
import { requestPlugin, yogaAnswers, yogaOperations, type YogaContext } from './yoga-answers.ts';

/** A running server. */
export interface GraphQLServer {
  /** Address of the GraphQL endpoint and of GraphiQL. */
  url: string;
  /** Accepts no new connections, and closes the open ones after what is being answered, or after a moment. */
  close: () => Promise<void>;
}

/** Where a server listens, and whom it answers. */
export interface ServerSettings {
  host: string;
  port: number;
  /** Further names that clients may call it by. */
  allowedHosts: readonly HostName[];
  /** Origins whose pages may read the answers. */
  corsOrigins: readonly string[];
  /** The only documents that may be executed, by their ids; null when all may. */
  trustedDocuments: ReadonlyMap<string, string> | null;
  /** The secret that each request must bring; null when none is asked for. */
  apiToken: string | null;
  /** Bytes that the bodies of all requests may have together. */
  requestBytes: number;
  /** Bytes that one answer may have. */
  answerBytes: number;
  /** Bytes that large answers may have together while they are made, and all answers while they are sent. */
  answersBytes: number;
  subscriptions: SubscriptionLimits;
}

/**
 * How long an idle connection stays open, in milliseconds. Proxies usually close theirs after a minute. We
 * wait longer: if we closed first, a request that a proxy is just sending would fail.
 */
const keepAliveMs = 65_000;

/** How long answers may go on when the server closes, in milliseconds. */
const closingMs = 1000;

/** What a server shows beside the API. */
export interface ServerParts {
  /** Says why this process executes no runs although it should; null when all is well. */
  worker: () => string | null;
  metrics: Metrics;
  /** Null when nothing is traced. */
  tracing: Tracing | null;
  /** Reads secrets that sources refer to. */
  readSecret: ReadSecret;
  /** Answers with a backup of all that is kept. */
  backup: (response: ServerResponse) => Promise<void>;
}

/**
 * Serves the API on an address.
 *
 * @throws when the address cannot be used (`EADDRINUSE`, `EACCES` …)
 */
export async function startServer(
  store: Store,
  gateway: Gateway,
  settings: ServerSettings,
  { worker, metrics, tracing, backup, readSecret }: ServerParts,
): Promise<GraphQLServer> {
  const { log } = gateway;
  const { host, port, apiToken } = settings;
  const memory = new Budget(settings.answersBytes);
  const { answer, execute } = graphqlAnswers(store, gateway, settings, { memory, tracing });
  const checkAccess = accessBy(apiToken, log);
  const bodies = new Budget(settings.requestBytes);
  const takePush = pushTaker(gateway, bodies, readSecret);
  const corsOrigins = new Set(settings.corsOrigins);
  /** Does work that may fail unexpectedly. What has gone wrong is in the log, and nowhere else. */
  const masked = (request: IncomingMessage, response: ServerResponse, work: Promise<void>): void => {
    work.catch((error: unknown) => {
      if (response.destroyed) return;
      const { message, extensions } = maskError(log, error);
      const code = String(extensions.code);
      if (response.headersSent) response.destroy();
      else if (code !== 'UNAVAILABLE') refuse(request, response, { status: 500, code, message });
      else refuse(request, response, { status: 503, code, message, headers: retryHeaders });
    });
  };
  const answerHealth = healthAnswers(async () => ({
    gateway: gateway.isStopping() ? 'The gateway is being stopped.' : null,
    ...(await store.health()),
    worker: worker(),
  }));
  const server = createServer(
    // A connection whose other end is gone is noticed, and one without a `Host` gets an answer of ours.
    { keepAliveTimeout: keepAliveMs, keepAlive: true, requireHostHeader: false },
    front({
      allowedHosts: settings.allowedHosts,
      corsOrigins,
      checkAccess,
      bodies,
      answer: (request, response) => masked(request, response, answer(request, response)),
      showPage: (request, response) => {
        const send = async (): Promise<void> =>
          sendGraphiql(response, apiToken === null ? await findExample(store, gateway) : null);
        masked(request, response, send());
      },
      showAsset: (request, response, name) => masked(request, response, sendAsset(request, response, name)),
      showMetrics: (request, response) => masked(request, response, sendMetrics(metrics, response)),
      showLog: (request, response, log) =>
        masked(request, response, sendRunLog(store, memory, request, response, log)),
      takePush: (request, response, project) =>
        masked(request, response, takePush(request, response, project)),
      sendBackup: (request, response) => masked(request, response, backup(response)),
      showHealth: (request, response) => masked(request, response, answerHealth(request, response)),
    }),
  );
  refuseBrokenRequests(server);
  const webSockets = acceptWebSockets(server, {
    ...{ checkAccess, execute, bodies, corsOrigins },
    allowedHosts: settings.allowedHosts,
    // A connection without a subscription is of little use.
    connections: settings.subscriptions,
  });
  const address = await listen(server, host, port);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}${graphqlPath}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      webSockets.close();
      const given = new AbortController();
      // What is being answered gets a moment to end, such as the log of a run that has ended.
      const moment = sleep(closingMs, undefined, { signal: given.signal }).catch(() => undefined);
      await Promise.race([closed, moment]);
      given.abort();
      server.closeAllConnections();
      webSockets.terminate();
      await closed;
    },
  };
}

/** Answers what requests ask GraphQL for. */
function graphqlAnswers(
  store: Store,
  gateway: Gateway,
  { answerBytes, subscriptions, trustedDocuments: trusted }: ServerSettings,
  { memory, tracing }: { memory: Budget; tracing: Tracing | null },
): { answer: (request: ReadRequest, response: ServerResponse) => Promise<void>; execute: Execute } {
  const { log } = gateway;
  const answerLimits = { bytes: answerBytes, memory };
  const documents = documentCache();
  const findDocument = trusted === null ? automaticDocuments() : trustedDocuments(trusted);
  const noteUse = deprecatedUse(schema, log);
  const yoga = createYoga<YogaContext>({
    schema,
    graphqlEndpoint: graphqlPath,
    context: ({ req, ids }) => createContext(store, gateway, req.failed !== true, ids),
    maskedErrors: { maskError: maskErrors(log) },
    // These are the front's.
    cors: false,
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    // Yoga adds code and status to a syntax error only the first time, and then caches the raw error.
    parserAndValidationCache: {
      documentCache: documents,
      errorCache: { get: () => undefined, set: () => undefined },
    },
    plugins: [
      measuringPlugin,
      requestPlugin,
      ...formerInputsPlugins(schema),
      ...limitPlugins(),
      movedPathsPlugin,
      unavailablePlugin,
      answerLimitsPlugin(answerLimits),
      subscriptionLimitsPlugin(subscriptions),
      livePlugin((ids) => createContext(store, gateway, true, ids)),
      eventsPlugin,
      deprecatedUsePlugin(noteUse),
    ],
    logging: {
      debug: () => undefined,
      info: () => undefined,
      warn: (...args: unknown[]) => log.warn({ args }, 'graphql'),
      // What Yoga reports as an error was masked before, and logged completely.
      error: () => undefined,
    },
  });
  const answerPlain = plainQueries(yoga, documents, {
    createContext: () => createContext(store, gateway),
    limits: answerLimits,
    noteUse,
  });
  const answerByYoga = yogaAnswers(yoga);
  const executeByYoga = yogaOperations(yoga, findDocument, tracing);
  return {
    answer: async (request, response) => {
      const measured = measureRequest(request, tracing);
      response.once('close', measured.end);
      Object.assign(request, findDocument(request.params));
      await measured.within(async () => {
        if (request.noDocument === undefined && (await answerPlain(request, response))) return;
        await answerByYoga(request, response);
      });
    },
    execute: async (upgrade, params, signal, send) => {
      await executeByYoga(upgrade, params, signal, send).catch((error: unknown) =>
        send('error', JSON.stringify([maskError(log, error)])),
      );
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
