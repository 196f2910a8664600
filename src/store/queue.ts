import { PgBoss, type ConstructorOptions, type Queue as BossQueue } from 'pg-boss';

const queueName = 'queued-run';

/**
 * The queue that wakes workers. A message is the id of a run and nothing else: the run's row says
 * what is true, so a message that comes twice, late or not at all does no harm.
 */
export interface Queue {
  /**
   * Wakes a worker for each of these runs, soon: what is asked for while a message is on its way goes with the
   * next one. A message that cannot be sent is left to the recovery, which finds the run.
   */
  wake: (runIds: readonly string[]) => void;
  /**
   * Takes messages, one after the other, until `stopWork` is called. When `take` fails, the message comes
   * again, to this worker or another.
   */
  work: (take: (runId: string) => Promise<void>) => Promise<void>;
  /** Takes no further messages. Does not wait for the one being handled. */
  stopWork: () => Promise<void>;
  /** Stops for good, once the messages that are on their way are stored and the one being handled is done with. */
  close: () => Promise<void>;
}

const options: Omit<BossQueue, 'name'> = {
  notify: true,
  // A message stays active while its worker has no slot for another one. When the worker dies it comes again;
  // when it outlasts the expiry it comes again too, finds the run taken, and is done.
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
  onError: (error: unknown) => void,
): Promise<Queue> {
  const boss = new PgBoss({ ...database, schema: 'pgboss', useListenNotify: true, schedule: false });
  boss.on('error', onError);
  await boss.start();
  // Of the messages with one key at most one waits to be taken, so that waking twice costs nothing.
  await boss.createQueue(queueName, { ...options, policy: 'short' });
  // For a queue that an earlier version made.
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
      loop = await boss.work<{ runId: string }>(
        queueName,
        { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 },
        async ([message]) => {
          // To look again at once after this one: left alone it would sleep for what is left of its polling
          // interval, though more messages may be waiting.
          boss.notifyWorker(loop);
          if (message) await take(message.data.runId);
        },
      );
    },
    stopWork: () => boss.offWork(queueName, { wait: false }),
    close: async () => {
      await sending;
      await boss.stop({ graceful: true, timeout: closingMs });
    },
  };
}
