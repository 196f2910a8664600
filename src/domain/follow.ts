import type { Store } from '../store/index.ts';
import type { Notification } from '../store/database/notify.ts';

/** Waits until there is news, or for the next poll. Resolves to false when the subscription was closed. */
type Wait = () => Promise<boolean>;

/**
 * A generator that waits for notifications. `return` ends the wait at once; without this, it would only take
 * effect after the wait.
 *
 * @param generate yields values, and calls `wait` between them
 * @param pollMs longest wait in milliseconds, unless the store is opened without polls: a notification can get lost
 */
export function follow<T>(
  store: Store,
  matches: (notification: Notification) => boolean,
  generate: (wait: Wait) => AsyncGenerator<T>,
  pollMs = 5000,
): AsyncGenerator<T> {
  const news = new News(store.polls ? pollMs : null);
  const leave = store.notifications.subscribe((notification) => {
    if (matches(notification)) news.wake();
  });
  return generator(news, leave, generate);
}

/** What is read once for all followers. */
interface Feed<Told, From> {
  /** Calls `onTold` from the answer on, which says where that is. `leave` ends it. */
  follow: (onTold: (told: Told) => void) => Promise<{ from: From; leave: () => void }>;
}

/**
 * A generator that waits for what a feed tells. It sees nothing that was committed before the call, and all that is
 * committed after the answer.
 *
 * @param take takes what concerns the follower. @returns whether that is news
 * @param generate as for `follow`; it also gets the place from which on the feed tells
 */
export async function followFeed<Told, From, T>(
  feed: Feed<Told, From>,
  take: (told: Told) => boolean,
  generate: (wait: Wait, from: From) => AsyncGenerator<T>,
): Promise<AsyncGenerator<T>> {
  const news = new News(null);
  const { from, leave } = await feed.follow((told) => {
    if (take(told)) news.wake();
  });
  return generator(news, leave, (wait) => generate(wait, from));
}

/** What a follower waits for. */
class News {
  readonly #pollMs: number | null;
  #isThere = false;
  #isClosed = false;
  #go: () => void = () => undefined;

  /** @param pollMs longest wait; null for no limit */
  constructor(pollMs: number | null) {
    this.#pollMs = pollMs;
  }

  wake(): void {
    this.#isThere = true;
    this.#go();
  }

  close(): void {
    this.#isClosed = true;
    this.#go();
  }

  async wait(): Promise<boolean> {
    if (!this.#isThere && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        const timer = this.#pollMs === null ? undefined : setTimeout(resolve, this.#pollMs);
        this.#go = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isThere = false;
    return !this.#isClosed;
  }
}

function generator<T>(
  news: News,
  leave: () => void,
  generate: (wait: Wait) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const close = (): void => {
    leave();
    news.close();
  };
  const generated = (async function* () {
    try {
      yield* generate(() => news.wait());
    } finally {
      close();
    }
  })();
  const end = generated.return.bind(generated);
  generated.return = (value) => {
    close();
    return end(value);
  };
  return generated;
}
