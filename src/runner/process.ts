import { execa } from 'execa';
import { batch } from './batch.ts';
import { readLines } from './read-lines.ts';
import { startFailure } from './start-failure.ts';
import { stopOf } from './stop-group.ts';

/** A line as it came out of the process. */
export interface RawLine {
  stream: 'STDOUT' | 'STDERR';
  text: string;
  receivedAt: Date;
}

/** How a process ended, as plain facts; a failure to start has the same shape. */
export interface Outcome {
  /** Null when a signal ended it or it never started. */
  exitCode: number | null;
  /** The signal that ended it, such as `SIGKILL`. Meltano catches SIGTERM in a pair and exits with 143. */
  signal: string | null;
  failedToStart: StartFailure | null;
  /** Whether `stop` was called before it ended. */
  stopRequested: boolean;
  /** Whether it, or a process it left behind, had to be killed. */
  forced: boolean;
  startedAt: Date;
  endedAt: Date;
}

/** Why a process never started. */
export interface StartFailure {
  /** The system's code, such as `ENOENT` or `EACCES`. */
  code: string;
  message: string;
}

/** A running process. */
export interface MeltanoProcess {
  /** Also the id of its process group; null when it did not start. */
  pid: number | null;
  /**
   * Asks the whole group to end, and kills it after `graceMs` (default 10 seconds). May be called again: the
   * earlier deadline holds. Resolves with the outcome.
   */
  stop(options?: { graceMs?: number }): Promise<Outcome>;
  /** Never rejects. Every line was delivered before it resolves. */
  outcome: Promise<Outcome>;
}

interface ProcessOptions<Line> {
  executable: string;
  args: readonly string[];
  cwd: string;
  /** All of the child's environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  /** Makes of a line what `onLines` is given, while that may still be busy with the lines before. */
  parse(line: RawLine): Line;
  /** Takes lines in order, a few at a time. While its promise is pending the process waits to write more. */
  onLines(lines: Line[]): void | Promise<void>;
  /** Told when `onLines` fails; those lines are lost, the process goes on. */
  onFault?: (error: unknown) => void;
}

/**
 * When lines go out. Small batches keep the gaps short in which nothing else is answered: at 50,000 lines a second
 * the 99th percentile of reads was 9 ms with batches of 100 to 150, and up to 39 ms with batches of 1,000. Larger ones
 * are for a database that is slow to commit: always 100 came to 39,000 lines a second at times.
 */
const batches = { readyItems: 100, maxItems: 150, maxSize: 4 * 1024 * 1024, maxDelayMs: 100 };

/**
 * Starts a program as the leader of its own process group, so that a stop reaches the plugins too: outside an
 * extract-load pair Meltano dies of SIGTERM at once and leaves its child behind
 * (meltano/core/block/plugin_command.py installs no handler).
 */
export function startMeltano<Line>(options: ProcessOptions<Line>): MeltanoProcess {
  const { executable, args, cwd, env, onFault = () => undefined } = options;
  const startedAt = new Date();
  const child = execa(executable, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    stripFinalNewline: false,
  });
  const pid = child.pid ?? null;
  const stopping = stopOf(pid);
  const lines = batch<{ line: Line; size: number }>({
    ...batches,
    sizeOf: ({ size }) => size,
    onFault,
    deliver: (items) => options.onLines(items.map(({ line }) => line)),
  });
  const take = (stream: RawLine['stream']) => (texts: string[]) => {
    const receivedAt = new Date();
    return lines.push(
      texts.map((text) => ({ line: options.parse({ stream, text, receivedAt }), size: text.length })),
    );
  };

  const follow = async (): Promise<Omit<Outcome, 'startedAt' | 'endedAt'>> => {
    const readers = [readLines(child.stdout, take('STDOUT')), readLines(child.stderr, take('STDERR'))];
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const stopRequested = stopping.requested();
    await stopping.endLeftovers();
    // The group is gone. Whoever still holds a pipe has left it, and is not waited for.
    await Promise.all(readers.map((reader) => reader.finish()));
    await lines.flush();
    return { exitCode: code, signal, failedToStart: null, stopRequested, forced: stopping.forced() };
  };
  const fail = async (): Promise<Omit<Outcome, 'startedAt' | 'endedAt'>> => {
    const { code, originalMessage = '' } = await child;
    const failedToStart = startFailure(code ?? 'UNKNOWN', originalMessage, executable, cwd);
    return {
      exitCode: null,
      signal: null,
      failedToStart,
      stopRequested: stopping.requested(),
      forced: false,
    };
  };

  // With a process the result only repeats what `follow` sees, and may wait for its pipes for ever.
  void child.then(() => undefined);
  const outcome = (pid === null ? fail() : follow()).then((facts) => {
    stopping.over();
    return { ...facts, startedAt, endedAt: new Date() };
  });
  return {
    pid,
    outcome,
    stop: ({ graceMs = 10_000 } = {}) => {
      stopping.request(graceMs);
      return outcome;
    },
  };
}
