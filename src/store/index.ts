import { Prisma, PrismaClient } from './generated/client.ts';
import { clientRequestStatements } from './client-request.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import { jobStatements } from './job.ts';
import { lockStatements } from './lock.ts';
import { Notifications } from './notifications.ts';
import { readPages, readRows, type Page, type PageRequest, type Read, type Row, type Source } from './pages.ts';
import { projectStatements } from './project.ts';
import { openQueue, type Queue } from './queue.ts';
import { runStatements } from './run.ts';
import { explainSetUp } from './server-connection.ts';
import { stateStatements } from './state.ts';

export type * from './generated/client.ts';

function statements(db: Prisma.TransactionClient, queue: Queue) {
  return {
    ...projectStatements(db),
    ...jobStatements(db),
    ...runStatements(db),
    ...stateStatements(db),
    ...lockStatements(db),
    ...clientRequestStatements(db),
    /** Wakes a worker for the run, on commit. */
    wake: (runId: string): Promise<void> => queue.wake(db, runId),
  };
}

/** The statements, outside or inside a transaction. */
export type Statements = ReturnType<typeof statements>;

/** The only way to the database. */
export interface Store extends Statements {
  /** Runs the statements in one transaction. Nothing may be waited for in it but the database. */
  transaction: <T>(work: (statements: Statements) => Promise<T>) => Promise<T>;
  /** See `readPages`. */
  readPages: (source: Source, requests: readonly PageRequest[]) => Promise<Page[]>;
  /** See `readRows`. */
  readRows: (
    table: Prisma.ModelName,
    ids: readonly string[],
    columns: readonly string[],
  ) => Promise<(Row | null)[]>;
  /** Prisma's client, for the schema builder and for nobody else. */
  prisma: PrismaClient;
  notifications: Notifications;
  queue: Queue;
  database: Database;
  close: () => Promise<void>;
}

export interface StoreOptions {
  location: DatabaseLocation;
  /** Called for what goes wrong in the background: the queue, the notification connection. */
  onError: (error: unknown) => void;
  /** Called for each SQL statement that is sent. Costs time; for tests and for debugging. */
  onQuery?: (query: Pick<Prisma.QueryEvent, 'query' | 'params' | 'duration'>) => void;
}

/**
 * Opens the store: the database with its tables up to date, the queue and the notifications.
 *
 * @throws DataDirectoryHeld, DatabaseUnavailable
 */
export async function openStore({ location, onError, onQuery }: StoreOptions): Promise<Store> {
  const database = await openDatabase(location);
  const closers: (() => Promise<void>)[] = [database.close];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    await database.migrate();
    const prisma = new PrismaClient({
      adapter: database.adapter,
      ...(onQuery ? { log: [{ emit: 'event', level: 'query' }] } : {}),
    });
    closers.push(() => prisma.$disconnect());
    if (onQuery) (prisma as PrismaClient<'query'>).$on('query', onQuery);
    const queue = await openQueue(database.bossOptions, onError);
    closers.push(queue.close);
    const notifications = await Notifications.open(database.listen, onError);
    closers.push(() => notifications.close());
    const read: Read = async ({ text, values }) => {
      const start = Date.now();
      const rows = await database.query(text, values);
      onQuery?.({ query: text, params: JSON.stringify(values), duration: Date.now() - start });
      return rows;
    };
    return {
      ...statements(prisma, queue),
      transaction: (work) =>
        prisma.$transaction((tx) => work(statements(tx, queue)), { maxWait: 10_000, timeout: 30_000 }),
      readPages: (source, requests) => readPages(read, source, requests),
      readRows: (table, ids, columns) => readRows(read, table, ids, columns),
      prisma,
      notifications,
      queue,
      database,
      close,
    };
  } catch (error) {
    await close();
    throw location.kind === 'SERVER' ? explainSetUp(location.url, error) : error;
  }
}
