import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App, type AppOptions } from '../../src/app.ts';
import type { Log } from '../../src/domain/services.ts';
import { freshDatabase, type TestDatabase } from './database.ts';

/** An answer of the API. */
export interface Answer<Data = never> {
  // Tests look at answers of many shapes; each says which one it expects.
  data: Data;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export interface LogRecord {
  level: 'info' | 'warn' | 'error';
  fields: Record<string, unknown>;
  message: string;
}

/** A gateway on a database of its own, spoken to over HTTP. */
export interface TestApp {
  url: string;
  app: App;
  /** Directory for the runs' private files. */
  dataDirectory: string;
  database: TestDatabase;
  /** Sends an operation, as any client would. */
  send: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Answer<Data>>;
  /** `send` that gives the data, and fails on `errors`. */
  query: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>;
  /** The SQL statements that Prisma sent while `work` ran, their parameters, and what `work` gave. */
  counting: <T>(work: () => Promise<T>) => Promise<{ statements: string[]; params: string[]; result: T }>;
  /** What the gateway logged. */
  logged: LogRecord[];
  stop: () => Promise<void>;
}

export interface TestAppOptions {
  projects?: AppOptions['config']['projects'];
  /** The `meltano` to run; one that does not exist when absent. */
  meltano?: string;
  /** Runs executed at a time; none when absent. */
  slots?: number;
  /** Services run at a time, where runs are executed; 10 when absent. */
  serviceSlots?: number;
  /** Any free port when absent. */
  port?: number;
  graceSeconds?: number;
  drainSeconds?: number;
  deletedRetentionDays?: number;
  passEnv?: string[];
  /** Addresses of system databases on PostgreSQL, by name. */
  systemDatabases?: ReadonlyMap<string, string>;
  env?: AppOptions['env'];
  /** A database that another gateway has, too; a fresh one when absent. */
  database?: TestDatabase;
}

/** Starts a gateway for a test file; call `stop` at its end. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await freshDatabase());
  const dataDirectory = await mkdtemp(join(tmpdir(), 'meltano-graphql-test-'));
  const logged: LogRecord[] = [];
  const sent: { query: string; params: string }[] = [];
  const app = await startApp({
    config: {
      projects: options.projects ?? [],
      host: '127.0.0.1',
      port: options.port ?? 0,
      database: database.location,
      dataDirectory,
      meltano: options.meltano ?? '/nonexistent/meltano',
      passEnv: options.passEnv ?? [],
      systemDatabases: options.systemDatabases ?? new Map(),
      slots: options.slots ?? 0,
      serviceSlots: options.serviceSlots ?? 10,
      drainSeconds: options.drainSeconds ?? 0,
      graceSeconds: options.graceSeconds ?? 5,
      deletedRetentionDays: options.deletedRetentionDays ?? 30,
    },
    log: recordingLog(logged),
    env: options.env ?? process.env,
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
