import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats a look until it has a result, and fails when the time is over.
 *
 * @param look returns what is waited for, or null or false while it is not there
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | false | undefined> | T | null | false | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs} ms.`);
    await sleep(25);
  }
}
