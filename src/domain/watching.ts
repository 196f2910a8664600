import type { Store } from '../store/index.ts';
import type { Notification } from '../store/notifications.ts';

/** Waits for a notification or the next poll; false when the watcher was closed. */
type Wait = () => Promise<boolean>;

/**
 * A generator that waits for notifications. Left alone it could not be ended from outside until its wait is over; so
 * `return` ends the wait.
 *
 * @param generate waits by the function that it is given
 * @param pollMs a notification may get lost, so a watcher looks by itself this often, in milliseconds
 */
export function watching<T>(
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
        const timer = setTimeout(resolve, pollMs);
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
