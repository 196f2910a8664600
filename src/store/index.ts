import { Prisma, PrismaClient } from './generated/client.ts';
import { bulkOperationStatements } from './bulk-operation.ts';
import { catalogStatements } from './catalog.ts';
import { claimStatements } from './claim.ts';
import { clientRequestStatements } from './client-request.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database.ts';
import { deletionStatements } from './deletion.ts';
import { formerNameStatements } from './former-name.ts';
import { holdStatements } from './hold.ts';
import { importStatements } from './import.ts';
import { importedRunStatements } from './imported-run.ts';
import { jobStatements } from './job.ts';
import { lockStatements } from './lock.ts';
import { logStatements } from './log.ts';
import { Notifications } from './notifications.ts';
import type { Page, PageRequest, Source } from './pages.ts';
import { placedRowStatements } from './placed-row.ts';
import { projectStatements } from './project.ts';
import { purgeStatements } from './purge.ts';
import { openQueue, type Queue } from './queue.ts';
import { readPages } from './read-pages.ts';
import { revisionStatements } from './revision.ts';
import { runStatements } from './run.ts';
import { explainSetUp } from './server-connection.ts';
import { serviceStartStatements, serviceStatements } from './service.ts';
import type { Send } from './sql.ts';
import { stateStatements } from './state.ts';
import { stateTextStatements } from './state-text.ts';
import { submissionStatements } from './submission.ts';

export type * from './generated/client.ts';

function statements(db: Prisma.TransactionClient, send: Send) {
  return {
    ...projectStatements(db),
    ...catalogStatements(db),
    ...jobStatements(db),
    ...importStatements(db),
    ...importedRunStatements(db),
    ...holdStatements(db),
    ...deletionStatements(db),
    ...purgeStatements(db),
    ...runStatements(db),
    ...serviceStatements(db),
    ...stateStatements(db),
    ...stateTextStatements(db),
    ...lockStatements(db),
    ...clientRequestStatements(db),
    ...revisionStatements(db),
    ...bulkOperationStatements(db),
    ...submissionStatements(send),
    ...formerNameStatements(db),
    ...placedRowStatements(db),
  };
}

/** The statements, outside or inside a transaction. */
export type Statements = ReturnType<typeof statements>;

/** Statements past Prisma. They are whole by themselves: no transaction has them. */
function singleStatements(send: Send) {
  return { ...logStatements(send), ...claimStatements(send), ...serviceStartStatements(send) };
}

/** Sends statements that are written as text within a transaction of Prisma's. */
function sendIn(tx: Prisma.TransactionClient): Send {
  return (text, values) => tx.$queryRawUnsafe(text, ...values);
}

/** The only way to the database. */
export interface Store extends Statements, ReturnType<typeof singleStatements> {
  /** Runs the statements in one transaction. Nothing may be waited for in it but the database. */
  transaction: <T>(work: (statements: Statements) => Promise<T>) => Promise<T>;
  /** See `readPages`. */
  readPages: (source: Source, requests: readonly PageRequest[]) => Promise<Page[]>;
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
    const send: Send = async (text, values) => {
      const start = Date.now();
      try {
        return await database.query(text, values);
      } catch (error) {
        // PGlite adds the values, and there may be secrets among them. The driver's error knows where the answer was
        // parsed, and this one who had asked.
        if (error instanceof Error) Reflect.deleteProperty(error, 'params');
        if (error instanceof Error) error.stack = `${error.stack}\n${new Error('Sent').stack}`;
        throw error;
      } finally {
        onQuery?.({ query: text, params: JSON.stringify(values), duration: Date.now() - start });
      }
    };
    return {
      ...statements(prisma, send),
      ...singleStatements(send),
      transaction: (work) =>
        prisma.$transaction((tx) => work(statements(tx, sendIn(tx))), { maxWait: 10_000, timeout: 30_000 }),
      readPages: (source, requests) => readPages(send, source, requests),
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
