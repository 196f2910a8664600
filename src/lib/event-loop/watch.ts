/** Milliseconds for which the event loop may be kept: nobody is served meanwhile. */
const allowedMs = 100;

/** Milliseconds between two looks at the clock. */
const everyMs = 20;

/**
 * Watches how long this thread's event loop is kept by one piece of work: its timer is late then. (The histogram of
 * `perf_hooks` forgets a delay that lasts while it is reset.)
 *
 * @param onDelay gets the longest time in milliseconds, when it was too long. After that it is not called before
 *   `silentMs` have passed
 * @returns a function that ends the watch
 */
export function watchEventLoop(onDelay: (ms: number) => void, silentMs = 60_000): () => void {
  let last = performance.now();
  let longest = 0;
  let silentUntil = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - everyMs);
    last = now;
    if (longest <= allowedMs || now < silentUntil) return;
    onDelay(Math.round(longest));
    longest = 0;
    silentUntil = now + silentMs;
  }, everyMs).unref();
  return () => clearInterval(timer);
}
