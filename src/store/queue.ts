import { PgBoss, fromPrisma, type ConstructorOptions } from 'pg-boss';
import type { Prisma } from './generated/client.ts';

const queueName = 'run';

/**
 * The queue that wakes workers. A message is the id of a run and nothing else: the run's row says
 * what is true, so a message that comes twice, late or not at all does no harm.
 */
export interface Queue {
  /** Wakes a worker for the run when the transaction commits. */
  wake: (db: Prisma.TransactionClient, runId: string) => Promise<void>;
  /** Takes messages, `slots` at a time, until `stopWork` is called. */
  work: (slots: number, take: (runId: string) => Promise<void>) => Promise<void>;
  /** Takes no further messages. Does not wait for those being handled. */
  stopWork: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts pg-boss on the store's own database, in a schema of its own. */
export async function openQueue(
  options: ConstructorOptions,
  onError: (error: Error) => void,
): Promise<Queue> {
  const boss = new PgBoss({ ...options, schema: 'pgboss', useListenNotify: true, schedule: false });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(queueName, {
    notify: true,
    // A message stays active while its run is executed. When its worker dies it comes again soon;
    // when a run outlasts the expiry it comes again too, finds the run taken, and is done.
    heartbeatSeconds: 30,
    expireInSeconds: 23 * 3600,
    retryLimit: 5,
    retryDelay: 1,
    deleteAfterSeconds: 3600,
  });
  return {
    wake: async (db, runId) => {
      await boss.send(queueName, { runId }, { db: fromPrisma(db) });
    },
    work: async (slots, take) => {
      await boss.work<{ runId: string }>(
        queueName,
        { localConcurrency: slots, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 },
        async ([message]) => {
          if (message) await take(message.data.runId);
        },
      );
    },
    stopWork: () => boss.offWork(queueName, { wait: false }),
    close: () => boss.stop({ graceful: false }),
  };
}
