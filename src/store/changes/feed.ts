import type { Notification } from '../database/notify.ts';
import type { Notifications } from '../database/notifications.ts';
import type { changeStatements, Change } from './changes.ts';
import { Looks } from './looks.ts';
import type { Snapshot } from './snapshot.ts';

/** What has happened since the batch before, the same object for all followers. */
export interface ChangeBatch {
  changes: readonly Change[];
  /** Up to where this goes. */
  snapshot: Snapshot;
  /** Whether changes before it are missing. */
  isIncomplete: boolean;
}

type OnBatch = (batch: ChangeBatch) => void;

/** How many changes one look reads. More at a time are told as a gap. */
const maxChanges = 10_000;

/**
 * Reads the changes of all objects once for all followers in this process: one statement for each change, or for several
 * at once when they come quickly. It reads only while somebody follows.
 */
export class ChangeFeed {
  readonly #read: ReturnType<typeof changeStatements>['since'];
  readonly #notifications: Notifications;
  readonly #looks: Looks;
  readonly #followers = new Set<OnBatch>();
  /** What is visible in it was handed out. Null while nobody follows. */
  #snapshot: Snapshot | null = null;
  #unsubscribe: (() => void) | null = null;

  /** @param polls whether to look from time to time */
  constructor(
    { since }: Pick<ReturnType<typeof changeStatements>, 'since'>,
    notifications: Notifications,
    polls: boolean,
  ) {
    this.#read = since;
    this.#notifications = notifications;
    this.#looks = new Looks(() => this.#look(), polls);
  }

  /** The number of those who follow. */
  get followers(): number {
    return this.#followers.size;
  }

  /**
   * Calls `onBatch` for what is committed from now on: nothing that was committed before the call, and all that is after
   * the answer.
   *
   * @returns from where on, and a function that ends it
   */
  async follow(onBatch: OnBatch): Promise<{ from: Snapshot; leave: () => void }> {
    // From here on it is a follower, so that the feed goes on; the batches until the look below are not for it.
    let isHere = false;
    const follower: OnBatch = (batch) => {
      if (isHere) onBatch(batch);
    };
    const leave = (): void => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#stop();
    };
    this.#followers.add(follower);
    this.#unsubscribe ??= this.#notifications.subscribe((notification) => this.#hear(notification));
    this.#looks.start();
    try {
      await this.catchUp();
    } catch (error) {
      leave();
      throw error;
    }
    isHere = true;
    return { from: this.#snapshot ?? '', leave };
  }

  /** Hands out all that was committed before the call. Those who ask while others wait share a statement. */
  catchUp(): Promise<void> {
    return this.#looks.once();
  }

  async #look(): Promise<void> {
    const { snapshot, changes, isIncomplete } = await this.#read(this.#snapshot, maxChanges);
    // All have left meanwhile.
    if (this.#followers.size === 0) return;
    this.#snapshot = snapshot;
    if (changes.length === 0 && !isIncomplete) return;
    const batch = { changes, snapshot, isIncomplete };
    for (const follower of [...this.#followers]) follower(batch);
  }

  #hear({ topic }: Notification): void {
    if (topic === 'OBJECT') this.#looks.wake();
  }

  #stop(): void {
    this.#looks.stop();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#snapshot = null;
  }
}
