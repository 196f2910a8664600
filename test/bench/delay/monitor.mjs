// `node --import` loads this into the gateway's process before the gateway itself. It measures how late the timers of
// the main thread are, and profiles what that thread does. It answers on the Unix socket that EVENT_LOOP_SOCKET names.
import { openSync, readSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds between two looks at the clock, and between two samples of the profile. */
const everyMs = 1;
/** Milliseconds after which a timer that was late has run, too. */
const settlesAfterMs = 30;

const statistics = openSync('/proc/self/schedstat');
const bytes = Buffer.alloc(64);

if (isMainThread) await listen();

async function listen() {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: everyMs * 1000 });
  const histogram = monitorEventLoopDelay({ resolution: everyMs });
  const watch = watchClock();
  // A start is measured from here on.
  await session.post('Profiler.start');
  histogram.enable();

  const orders = {
    /** Measures from now on. */
    '/start': async () => {
      await session.post('Profiler.start');
      await sleep(settlesAfterMs);
      histogram.reset();
      watch.reset();
      await sleep(settlesAfterMs);
      return {};
    },
    /** What was measured. */
    '/stop': async () => {
      await sleep(settlesAfterMs);
      const measured = { largestMs: histogram.max / 1e6, ...watch.most() };
      return { ...measured, ...(await session.post('Profiler.stop')) };
    },
  };
  const server = createServer((request, response) => {
    orders[request.url]().then(
      (answer) => response.end(JSON.stringify(answer)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(process.env.EVENT_LOOP_SOCKET).unref();
}

/** The time that the main thread was on a CPU, in milliseconds. */
function cpuMs() {
  const text = bytes.toString('latin1', 0, readSync(statistics, bytes, 0, bytes.length, 0));
  return Number(text.split(' ', 1)[0]) / 1e6;
}

/**
 * The most time on a CPU between two looks, which a busy machine does not make longer, and when that was: microseconds
 * of the clock that profiles have.
 */
function watchClock() {
  const now = () => Number(process.hrtime.bigint() / 1000n);
  let last, lastCpu, most;
  const reset = () => {
    last = now();
    lastCpu = cpuMs();
    most = { cpuMs: 0, during: { from: last, to: last } };
  };
  reset();
  setInterval(() => {
    const [time, cpu] = [now(), cpuMs()];
    if (cpu - lastCpu > most.cpuMs) most = { cpuMs: cpu - lastCpu, during: { from: last, to: time } };
    [last, lastCpu] = [time, cpu];
  }, everyMs).unref();
  return { most: () => most, reset };
}
