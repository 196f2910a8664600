import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends so many a second, on time, whether or not the answers to the earlier ones have come.
 *
 * @returns how long each that went well took, in milliseconds from when it was due, and what the others threw
 */
export async function sendAtRate(
  rate: number,
  seconds: number,
  send: () => Promise<void>,
): Promise<{ times: number[]; errors: unknown[] }> {
  const times: number[] = [];
  const errors: unknown[] = [];
  const sent: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < rate * seconds; i += 1) {
    const due = begin + (i * 1000) / rate;
    if (due > performance.now()) await sleep(due - performance.now());
    sent.push(
      send().then(
        () => void times.push(performance.now() - due),
        (error: unknown) => void errors.push(error),
      ),
    );
  }
  await Promise.all(sent);
  return { times, errors };
}
