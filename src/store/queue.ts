import { PgBoss, fromPrisma, type ConstructorOptions, type Queue as BossQueue } from 'pg-boss';
import type { Prisma } from './generated/client.ts';

const queueName = 'run';

/**
 * The queue that wakes workers. A message is the id of a run and nothing else: the run's row says
 * what is true, so a message that comes twice, late or not at all does no harm.
 */
export interface Queue {
  /** Wakes a worker for the run when the transaction commits. */
  wake: (db: Prisma.TransactionClient, runId: string) => Promise<void>;
  /**
   * Takes messages, `slots` at a time, until `stopWork` is called. When `take` fails, the message comes
   * again, to this worker or another.
   */
  work: (slots: number, take: (runId: string) => Promise<void>) => Promise<void>;
  /** Takes no further messages. Does not wait for those being handled. */
  stopWork: () => Promise<void>;
  /** Stops for good, once the messages being handled are done with. */
  close: () => Promise<void>;
}

const options: Omit<BossQueue, 'name'> = {
  notify: true,
  // A message stays active while its run is executed. When its worker dies it comes again soon;
  // when a run outlasts the expiry it comes again too, finds the run taken, and is done.
  heartbeatSeconds: 30,
  expireInSeconds: 23 * 3600,
  // As often as it takes: only the row of the run can say that a message is no longer needed.
  retryLimit: 1_000_000,
  retryDelay: 1,
  deleteAfterSeconds: 3600,
};

/** How long to wait at the end for the answers to what was sent, in milliseconds. */
const closingMs = 5000;

/** Starts pg-boss on the store's own database, in a schema of its own. */
export async function openQueue(
  database: ConstructorOptions,
  onError: (error: Error) => void,
): Promise<Queue> {
  const boss = new PgBoss({ ...database, schema: 'pgboss', useListenNotify: true, schedule: false });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(queueName, options);
  // For a queue that an earlier version made.
  await boss.updateQueue(queueName, options);

  // Each slot is a worker by itself, so that it can be told to look again at once after a message: left
  // alone it would sleep for what is left of its polling interval, though more messages may be waiting.
  const openSlot = async (take: (runId: string) => Promise<void>): Promise<void> => {
    let slot = '';
    slot = await boss.work<{ runId: string }>(
      queueName,
      { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 },
      async ([message]) => {
        boss.notifyWorker(slot);
        if (message) await take(message.data.runId);
      },
    );
  };
  return {
    wake: async (db, runId) => {
      await boss.send(queueName, { runId }, { db: fromPrisma(db) });
    },
    work: async (slots, take) => {
      for (let i = 0; i < slots; i += 1) await openSlot(take);
    },
    stopWork: () => boss.offWork(queueName, { wait: false }),
    close: () => boss.stop({ graceful: true, timeout: closingMs }),
  };
}
