import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats a look until it has a result, and fails when it does not come.
 *
 * @param look returns what is waited for, or null or false while it is not there
 * @param limitMs longer than it takes on a busy machine: a test says what comes, not how soon
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | false | undefined> | T | null | false | undefined,
  limitMs = 120_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${limitMs} ms.`);
    await sleep(25);
  }
}
