import { keepAll } from '../../src/domain/retention-limits.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App, type AppOptions } from '../../src/app.ts';
import type { Log } from '../../src/domain/gateway.ts';
import { readAllowed } from '../../src/lib/outbound/addresses.ts';
import { freshDatabase, type TestDatabase } from './database.ts';

/** An answer of the API. */
export interface Answer<Data = never> {
  // Answers have many shapes; each test says which one it expects.
  data: Data;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export interface LogRecord {
  level: 'info' | 'warn' | 'error';
  fields: Record<string, unknown>;
  message: string;
}

/** A gateway with its own database, called over HTTP. */
export interface TestApp {
  url: string;
  app: App;
  /** Directory for the private files of runs. */
  dataDirectory: string;
  database: TestDatabase;
  /** Sends an operation as any client would. */
  send: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Answer<Data>>;
  /** Like `send`, but returns the data and fails on `errors`. */
  query: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>;
  /**
   * Runs `work`, and returns its result with the SQL statements that Prisma sent meanwhile and their
   * parameters.
   */
  counting: <T>(work: () => Promise<T>) => Promise<{ statements: string[]; params: string[]; result: T }>;
  /** The gateway's log. */
  logged: LogRecord[];
  stop: () => Promise<void>;
}

export interface TestAppOptions {
  projects?: AppOptions['config']['projects'];
  /** The `meltano` to run. When absent, one that does not exist. */
  meltano?: string;
  /** Number of runs at the same time. None when absent. */
  slots?: number;
  /** Labels of its worker. None when absent. */
  labels?: string[];
  /** Number of services at the same time, if runs are executed. 10 when absent. */
  serviceSlots?: number;
  /** Any free port when absent. */
  port?: number;
  graceSeconds?: number;
  drainSeconds?: number;
  deletedRetentionDays?: number;
  passEnv?: string[];
  /** Variables that callers may give though they can make a program run other code. */
  allowEnv?: string[];
  /** How repositories may be reached. By https and ssh when absent. */
  gitProtocols?: string[];
  /** The token that requests must bring. `send` and `query` do not send it. None when absent. */
  apiToken?: string;
  /** Where metrics are served beside the API. Nowhere when absent. */
  metricsListen?: AppOptions['config']['metricsListen'];
  allowedHosts?: AppOptions['config']['allowedHosts'];
  /** Origins whose pages may read the answers. None when absent. */
  corsOrigins?: string[];
  /** The only documents that may be executed. All may when absent. */
  trustedDocuments?: ReadonlyMap<string, string>;
  /** Limits of the server; those of the program when absent. */
  requestBytes?: number;
  answerBytes?: number;
  answersBytes?: number;
  subscriptions?: { all: number; perClient: number };
  /** Addresses of system databases on PostgreSQL, by name. */
  systemDatabases?: ReadonlyMap<string, string>;
  env?: AppOptions['env'];
  /** Whether those who wait for a notification also look from time to time. They do when absent. */
  polls?: boolean;
  /** Whether the runs of schedules are started. They are not when absent, so that no test depends on the time of day. */
  firesSchedules?: boolean;
  /** Whether the repositories of projects are looked at. They are not when absent. */
  syncsSources?: boolean;
  /** Whether webhooks are told of events. They are not when absent. */
  sendsWebhooks?: boolean;
  /** Where webhooks may lead to. To public addresses alone when absent. */
  webhookAddresses?: string[];
  /** Paths of environments whose imported schedules are enabled. */
  schedules?: string[];
  /** A database that another gateway also uses. A new one when absent. */
  database?: TestDatabase;
}

/** Starts a gateway for a test file. Call `stop` at the end of the file. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await freshDatabase());
  const dataDirectory = await mkdtemp(join(tmpdir(), 'meltano-graphql-test-'));
  const logged: LogRecord[] = [];
  const sent: { query: string; params: string }[] = [];
  const app = await startApp({
    config: {
      projects: options.projects ?? [],
      schedules: options.schedules ?? [],
      host: '127.0.0.1',
      port: options.port ?? 0,
      allowedHosts: options.allowedHosts ?? [],
      corsOrigins: options.corsOrigins ?? [],
      trustedDocuments: options.trustedDocuments ?? null,
      apiToken: options.apiToken ?? null,
      metricsListen: options.metricsListen ?? null,
      requestBytes: options.requestBytes ?? 64_000_000,
      answerBytes: options.answerBytes ?? 10_000_000,
      answersBytes: options.answersBytes ?? 64_000_000,
      subscriptions: options.subscriptions ?? { all: 1000, perClient: 1000 },
      database: database.location,
      dataDirectory,
      meltano: options.meltano ?? '/nonexistent/meltano',
      passEnv: options.passEnv ?? [],
      allowEnv: options.allowEnv ?? [],
      systemDatabases: options.systemDatabases ?? new Map(),
      gitProtocols: options.gitProtocols ?? ['https', 'ssh'],
      webhookAddresses: readAllowed(options.webhookAddresses ?? []) ?? { hosts: new Set(), ranges: [] },
      slots: options.slots ?? 0,
      labels: options.labels ?? [],
      maxRuns: null,
      idleExitSeconds: null,
      serviceSlots: options.serviceSlots ?? 10,
      drainSeconds: options.drainSeconds ?? 0,
      graceSeconds: options.graceSeconds ?? 5,
      retention: keepAll,
      deletedRetentionDays: options.deletedRetentionDays ?? 30,
    },
    log: recordingLog(logged),
    env: options.env ?? process.env,
    polls: options.polls ?? true,
    firesSchedules: options.firesSchedules ?? false,
    syncsSources: options.syncsSources ?? false,
    sendsWebhooks: options.sendsWebhooks ?? false,
    onQuery: ({ query, params }) => sent.push({ query, params }),
  }).catch(async (error: unknown) => {
    await rm(dataDirectory, { recursive: true, force: true });
    throw error;
  });
  const send: TestApp['send'] = async (query, variables = {}) => {
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as never;
  };
  return {
    url: app.url,
    app,
    dataDirectory,
    database,
    logged,
    send,
    query: async (query, variables) => {
      const { data, errors } = await send<never>(query, variables);
      if (errors) {
        const cause = logged.findLast(({ message }) => message === 'internal error')?.fields.err;
        throw new Error(errors.map((error) => error.message).join('\n'), { cause });
      }
      return data;
    },
    counting: async (work) => {
      const start = sent.length;
      const result = await work();
      const own = sent.slice(start);
      return { statements: own.map(({ query }) => query), params: own.map(({ params }) => params), result };
    },
    stop: async () => {
      await app.stop();
      if (!options.database) await database.drop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

function recordingLog(records: LogRecord[]): Log {
  const at = (level: LogRecord['level']) => (fields: object, message: string) => {
    records.push({ level, fields: { ...fields }, message });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
