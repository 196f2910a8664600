import { Prisma, PrismaClient } from './generated/client.ts';
import { closers } from '../lib/closers.ts';
import { measureStatement } from '../metrics/measures.ts';
import type { Send } from '../lib/sql.ts';
import type { Page, PageRequest } from '../reading/pages.ts';
import type { Source } from '../reading/sources.ts';
import { readLimits, type ReadLimits } from '../reading/read-limits.ts';
import { readPages } from '../reading/sql/read-pages.ts';
import { DataDirectoryBroken } from './database/embedded/data-directory.ts';
import { DatabaseNewer } from './database/migrations.ts';
import { openDatabase, type Database, type DatabaseLocation } from './database/database.ts';
import { followClock } from './database/follow-clock.ts';
import { checkStore, type StoreHealth } from './database/health.ts';
import { passLongTexts } from './database/prisma/long-texts.ts';
import { Notifications } from './database/notifications.ts';
import { openQueue, type Queue } from './database/queue.ts';
import { DatabaseUnavailable, explainSetUp } from './database/server-connection.ts';
import { maxWaitMs } from './database/statements.ts';
import { whyUnavailable } from './database/why-unavailable.ts';
import { progressStatements } from './bulk/progress.ts';
import { ProgressFeed } from './bulk/progress-feed.ts';
import { changeStatements } from './changes/changes.ts';
import { ChangeFeed } from './changes/feed.ts';
import { figureStatements } from './figures/figures.ts';
import { beatStatements } from './leases/beats.ts';
import { claimStatements } from './leases/claims.ts';
import { waitFactStatements } from './leases/wait-facts.ts';
import { logTextStatements } from './runs/log-texts.ts';
import { storageStatements } from './retention/storage.ts';
import { logStatements } from './runs/logs.ts';
import { runStatisticsStatements } from './jobs/run-statistics.ts';
import { runProgressStatements } from './runs/run-progress.ts';
import { serviceStartStatements } from './services/services.ts';
import { statements, type Statements } from './statements.ts';

export type * from './generated/client.ts';
export type { Statements, StoreHealth };

/** Statements that do not use Prisma. Each is complete by itself, and is never part of a transaction. */
function singleStatements(send: Send) {
  return {
    logs: logStatements(send),
    logTexts: logTextStatements(send),
    storage: storageStatements(send),
    changes: changeStatements(send),
    progress: progressStatements(send),
    beats: beatStatements(send),
    claims: claimStatements(send),
    figures: figureStatements(send),
    waitFacts: waitFactStatements(send),
    runProgress: runProgressStatements(send),
    runStatistics: runStatisticsStatements(send),
    serviceStarts: serviceStartStatements(send),
  };
}

/** Sends statements that are written as text, in a transaction of Prisma. */
function sendIn(tx: Prisma.TransactionClient): Send {
  return (text, values) => tx.$queryRawUnsafe(text, ...values);
}

/** The only access to the database. */
export interface Store extends Statements, ReturnType<typeof singleStatements> {
  /**
   * Runs statements in one transaction. `work` must wait for nothing but the database. It fails after 30
   * seconds.
   */
  transaction: <T>(work: (statements: Statements) => Promise<T>) => Promise<T>;
  /** See `readPages`. */
  readPages: (source: Source, requests: readonly PageRequest[]) => Promise<Page[]>;
  /** Prisma's client. Only the schema builder may use it. */
  prisma: PrismaClient;
  notifications: Notifications;
  /** The changes of all objects, as they come. */
  feed: ChangeFeed;
  /** How far bulk operations are, as it changes. */
  progressFeed: ProgressFeed;
  queue: Queue;
  /** Whether those who wait for a notification also look from time to time. */
  polls: boolean;
  database: Database;
  /** What tells the database from a copy of it. */
  identity: string;
  /** What works, and what does not. */
  health: () => Promise<StoreHealth>;
  close: () => Promise<void>;
}

export interface StoreOptions {
  location: DatabaseLocation;
  /** Called for errors in the background: of the queue and of the connection for notifications. */
  onError: (error: unknown) => void;
  /** Called for each SQL statement. It costs time, so it is for tests and debugging only. */
  onQuery?: (query: Pick<Prisma.QueryEvent, 'query' | 'params' | 'duration'>) => void;
  /** What reading may take of the memory. */
  limits?: ReadLimits;
  /**
   * Whether those who wait for a notification also look from time to time, because one can get lost. Only tests
   * switch this off: then a notification that is never sent, or that comes too early, shows.
   */
  polls?: boolean;
}

/**
 * Opens the store: the database with its tables up to date, the queue and the notifications.
 *
 * @throws DataDirectoryHeld, DataDirectoryBroken, DatabaseNewer, DatabaseUnavailable
 */
export async function openStore({
  location,
  onError,
  onQuery,
  limits = readLimits(40_000_000, 64_000_000),
  polls = true,
}: StoreOptions): Promise<Store> {
  const database = await openDatabase(location, onError);
  // The full disk has been reported; everything in the background then fails in the same way.
  const onTrouble = (error: unknown): void => {
    if (database.space?.room() !== 'READ_ONLY' || whyUnavailable(error) === null) onError(error);
  };
  const { push, close } = closers();
  push(database.close);
  try {
    await database.migrate();
    const identity = await database.identity();
    if (location.kind === 'SERVER') push(await followClock(database.query, polls));
    const prisma = new PrismaClient({
      adapter: database.adapter,
      ...(onQuery ? { log: [{ emit: 'event', level: 'query' }] } : {}),
    });
    push(() => prisma.$disconnect());
    if (onQuery) (prisma as PrismaClient<'query'>).$on('query', onQuery);
    const queue = await openQueue(database.bossOptions, onTrouble, polls);
    push(queue.close);
    const notifications = await Notifications.open(database.listen, onTrouble);
    push(() => notifications.close());
    const send: Send = async (text, values) => {
      const start = performance.now();
      try {
        return await measureStatement(() => database.query(text, values));
      } catch (error) {
        // The driver's stack shows only where the answer was read, so the caller's stack is added.
        if (error instanceof Error) error.stack = `${error.stack}\n${new Error('Sent').stack}`;
        throw error;
      } finally {
        onQuery?.({
          query: text,
          params: JSON.stringify(values),
          duration: Math.round(performance.now() - start),
        });
      }
    };
    const single = singleStatements(send);
    return Object.assign(statements({ db: passLongTexts(prisma), send }), {
      ...single,
      transaction: <T>(work: (tx: Statements) => Promise<T>) =>
        prisma.$transaction((tx) => work(statements({ db: passLongTexts(tx), send: sendIn(tx) })), {
          maxWait: maxWaitMs,
          timeout: 30_000,
        }),
      readPages: (source: Source, requests: readonly PageRequest[]) =>
        readPages(send, source, requests, limits),
      prisma,
      notifications,
      feed: new ChangeFeed(single.changes, notifications, polls),
      progressFeed: new ProgressFeed(single.progress, notifications, polls),
      queue,
      polls,
      database,
      identity,
      health: () => checkStore(send, queue, onTrouble),
      close,
    });
  } catch (error) {
    await close();
    throw explained(location, error);
  }
}

/** Why the store cannot be opened, in words that tell where it is. */
function explained(location: DatabaseLocation, error: unknown): unknown {
  if (error instanceof DatabaseNewer) return error;
  switch (location.kind) {
    case 'SERVER':
      return explainSetUp(location.url, error);
    case 'EMBEDDED':
      return whyUnavailable(error) === null
        ? new DataDirectoryBroken(location.directory, firstLine(error), error)
        : new DatabaseUnavailable(`${location.directory}: ${whyUnavailable(error) ?? ''}`, { cause: error });
    case 'OPEN':
      return error;
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.trim().split('\n')[0] ?? '').replace(/\.$/, '');
}
