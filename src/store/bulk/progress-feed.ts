import { Looks } from '../changes/looks.ts';
import type { Notification } from '../database/notify.ts';
import type { Notifications } from '../database/notifications.ts';
import type { BulkProgress, progressStatements } from './progress.ts';

/** Gets the same object as all others who follow the operation; null when it does not exist. */
type OnProgress = (progress: BulkProgress | null) => void;

/** An operation that somebody follows. */
interface Followed {
  followers: Set<OnProgress>;
  /** What was handed out last; undefined before the first look. */
  progress: BulkProgress | null | undefined;
}

/** How long after an object was processed comes a look, in milliseconds. It finds all that were processed meanwhile. */
const itemsMs = 500;

/**
 * Reads how far bulk operations are, once for all followers in this process: when the status of one changes, and twice a
 * second while objects are processed. It reads only operations that somebody follows.
 */
export class ProgressFeed {
  readonly #read: ReturnType<typeof progressStatements>['of'];
  readonly #notifications: Notifications;
  readonly #looks: Looks;
  readonly #operations = new Map<string, Followed>();
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** @param polls whether to look from time to time */
  constructor({ of }: ReturnType<typeof progressStatements>, notifications: Notifications, polls: boolean) {
    this.#read = of;
    this.#notifications = notifications;
    this.#looks = new Looks(() => this.#look(), polls);
  }

  /**
   * Calls `onProgress` for each progress from now on.
   *
   * @returns how far the operation is, and a function that ends it
   */
  async follow(
    id: string,
    onProgress: OnProgress,
  ): Promise<{ from: BulkProgress | null; leave: () => void }> {
    let isHere = false;
    const follower: OnProgress = (progress) => {
      if (isHere) onProgress(progress);
    };
    const followed = this.#operations.get(id) ?? { followers: new Set(), progress: undefined };
    this.#operations.set(id, followed);
    followed.followers.add(follower);
    const leave = (): void => {
      followed.followers.delete(follower);
      if (followed.followers.size === 0 && this.#operations.get(id) === followed) this.#operations.delete(id);
      if (this.#operations.size === 0) this.#stop();
    };
    this.#unsubscribe ??= this.#notifications.subscribe((notification) => this.#hear(notification));
    this.#looks.start();
    try {
      await this.#looks.once();
    } catch (error) {
      leave();
      throw error;
    }
    isHere = true;
    // An object of its own: followers with the same object share what they read, and this one begins later.
    return { from: followed.progress ? { ...followed.progress } : null, leave };
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const looked = [...this.#operations];
    if (looked.length === 0) return;
    const found = new Map((await this.#read(looked.map(([id]) => id))).map((row) => [row.id, row]));
    for (const [id, followed] of looked) {
      const progress = found.get(id) ?? null;
      if (JSON.stringify(progress) === JSON.stringify(followed.progress)) continue;
      followed.progress = progress;
      for (const follower of [...followed.followers]) follower(progress);
    }
  }

  #hear(notification: Notification): void {
    if (!('operationId' in notification) || !this.#operations.has(notification.operationId)) return;
    if (notification.topic === 'BULK') this.#looks.wake();
    else this.#timer ??= setTimeout(() => this.#looks.wake(), itemsMs).unref();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#looks.stop();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }
}
