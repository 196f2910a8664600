import { PgBoss, type ConstructorOptions, type Queue as BossQueue } from 'pg-boss';

const queueName = 'queued-run';

/**
 * The queue that wakes workers. A message contains only the id of a run. Workers then read the run's row, so
 * a message may come twice, late or not at all.
 */
export interface Queue {
  /**
   * Wakes a worker for each run, soon. Calls that come while a message is being sent share the next message.
   * If a message cannot be sent, the recovery finds the run later.
   */
  wake: (runIds: readonly string[]) => void;
  /**
   * Calls `take` for one message after the other, until `stopWork` is called. When `take` fails, this or
   * another worker gets the message again.
   */
  work: (take: (runId: string) => Promise<void>) => Promise<void>;
  /** Whether it can be used. @throws what the database throws */
  check: () => Promise<void>;
  /** Stops taking messages. Does not wait for the current one. */
  stopWork: () => Promise<void>;
  /** Stops the queue, after all messages have been sent and the current one is done. */
  close: () => Promise<void>;
}

const options: Omit<BossQueue, 'name'> = {
  notify: true,
  // A message stays active while its worker waits for a free slot. If the worker dies, the message comes
  // again. If it expires, it comes again too, but then the run is already taken and nothing happens.
  heartbeatSeconds: 30,
  expireInSeconds: 23 * 3600,
  // Practically without limit: only the row of the run tells when a message is not needed any more.
  retryLimit: 1_000_000,
  retryDelay: 1,
  deleteAfterSeconds: 3600,
};

/** How often a worker looks for messages when it hears of none, in seconds. */
const looks = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 };
const rareLooks = { pollingIntervalSeconds: 24 * 3600, notifyPollingIntervalSeconds: 24 * 3600 };

/** How long `close` waits for answers, in milliseconds. */
const closingMs = 5000;

/**
 * Starts pg-boss in the store's database, with its own schema.
 *
 * @param polls whether workers also look for messages that they did not hear of
 */
export async function openQueue(
  database: ConstructorOptions,
  onError: (error: unknown) => void,
  polls: boolean,
): Promise<Queue> {
  const boss = new PgBoss({ ...database, schema: 'pgboss', useListenNotify: true, schedule: false });
  boss.on('error', onError);
  await boss.start();
  // With this policy at most one message of a run waits, so waking twice costs nothing.
  await boss.createQueue(queueName, { ...options, policy: 'short' });
  // An earlier version may have created the queue with other options.
  await boss.updateQueue(queueName, options);

  const waiting = new Set<string>();
  let sending: Promise<void> | null = null;
  const sendAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const messages = [...waiting].map((runId) => ({ data: { runId }, singletonKey: runId }));
      waiting.clear();
      await boss.insert(queueName, messages).catch(onError);
    }
    sending = null;
  };
  return {
    wake: (runIds) => {
      for (const runId of runIds) waiting.add(runId);
      if (waiting.size > 0) sending ??= sendAll();
    },
    work: async (take) => {
      let loop = '';
      loop = await boss.work<{ runId: string }>(queueName, polls ? looks : rareLooks, async ([message]) => {
        // Looks for the next message right after this one. Otherwise the loop would sleep for the rest of
        // its polling interval, even if more messages wait.
        boss.notifyWorker(loop);
        if (message) await take(message.data.runId);
      });
    },
    check: async () => {
      if ((await boss.getQueue(queueName)) === null) throw new Error(`There is no queue ${queueName}.`);
    },
    stopWork: () => boss.offWork(queueName, { wait: false }),
    close: async () => {
      await sending;
      await boss.stop({ graceful: true, timeout: closingMs });
    },
  };
}
