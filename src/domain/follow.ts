import type { Store } from '../store/index.ts';
import type { Notification } from '../store/database/notify.ts';

/** Waits for a notification or for the next poll. Resolves to false when the subscription was closed. */
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
  let notified = false;
  let closed = false;
  let wake: () => void = () => undefined;
  const unsubscribe = store.notifications.subscribe((notification) => {
    if (!matches(notification)) return;
    notified = true;
    wake();
  });
  const wait: Wait = async () => {
    if (!notified && !closed) {
      await new Promise<void>((resolve) => {
        const timer = store.polls ? setTimeout(resolve, pollMs) : undefined;
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    notified = false;
    return !closed;
  };
  const close = (): void => {
    closed = true;
    unsubscribe();
    wake();
  };
  const generator = (async function* () {
    try {
      yield* generate(wait);
    } finally {
      close();
    }
  })();
  const end = generator.return.bind(generator);
  generator.return = (value) => {
    close();
    return end(value);
  };
  return generator;
}
