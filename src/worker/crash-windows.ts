import { channel } from 'node:diagnostics_channel';

/** The moments at which a worker that dies would leave most behind. */
export type CrashWindow =
  /** A run is claimed, and its process is not started. */
  | 'RUN_CLAIMED'
  /** The process runs, and its worker has not yet told the store so. */
  | 'PROCESS_STARTED'
  /** Lines of the process are read, and not stored. */
  | 'LINES_READ'
  /** The process has ended and its states are read; the end is not recorded. */
  | 'STATES_HARVESTED'
  /** The transaction that ends a run has written the end, and has not released the leases. */
  | 'END_WRITTEN'
  /** That transaction is committed, and the runs that waited are not woken. */
  | 'LEASES_RELEASED'
  /** The verb of a bulk operation has changed an object, and the transaction has not recorded so. */
  | 'BULK_VERB_DONE'
  /** That transaction is committed, and the run that it has made is not woken. */
  | 'BULK_ITEM_RECORDED'
  /** The processes of a lost run are killed, and nothing of what it has left is stored. */
  | 'LOST_RUN_KILLED'
  /** The lines that a lost run has left are stored, and its end is not. */
  | 'LEFT_LINES_STORED'
  /** A lost run has ended in the store, and what waited is woken; its directory is still there. */
  | 'LOST_RUN_ENDED'
  /** The receiver of a webhook has answered, and nobody has recorded so. */
  | 'WEBHOOK_ANSWERED';

/** What is published when a worker comes to a window. */
export interface Passage {
  window: CrashWindow;
  /** Of the run, of the bulk operation, or of the delivery of a webhook. */
  id: string;
  /** Makes the worker wait for a promise, and fail when that fails. */
  holdFor: (promise: Promise<void>) => void;
}

const passages = channel('meltano-graphql.crash-window');

/**
 * Comes to a window. Nothing happens there, unless code in this process has subscribed to the channel, as tests do to
 * stop, fail or kill the worker at this very place. No setting and no request leads there.
 */
export async function comeTo(window: CrashWindow, id: string): Promise<void> {
  if (!passages.hasSubscribers) return;
  const held: Promise<void>[] = [];
  const passage: Passage = { window, id, holdFor: (promise) => void held.push(promise) };
  passages.publish(passage);
  await Promise.all(held);
}
