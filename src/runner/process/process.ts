import { batch } from './batch.ts';
import { startProgram, type Program, type ProgramToStart, type StartFailure } from './program.ts';
import { readLines } from './read-lines.ts';
import { startFailure } from './start-failure.ts';
import { stopOf } from './stop-group.ts';
import { isOfRun } from './stray-run.ts';

/** A line as the process wrote it. */
export interface RawLine {
  stream: 'STDOUT' | 'STDERR';
  text: string;
  receivedAt: Date;
}

/** How a process ended. A process that could not start has the same type. */
export interface Outcome {
  /** Null when a signal ended the process, or when it never started. */
  exitCode: number | null;
  /**
   * The signal that ended it, such as `SIGKILL`. In an extract-load pair Meltano handles SIGTERM and exits
   * with 143.
   */
  signal: string | null;
  failedToStart: StartFailure | null;
  /** Whether `stop` was called before it ended. */
  stopRequested: boolean;
  /** Whether the process, or a process that it left, had to be killed. */
  forced: boolean;
  startedAt: Date;
  endedAt: Date;
}

/** A running process. */
export interface MeltanoProcess {
  /** Also the id of its process group; null when it did not start. */
  pid: number | null;
  /**
   * Asks the whole process group to end, and kills it after `graceMs` (default 10 seconds). It may be called
   * again: the earliest deadline counts. Resolves with the outcome.
   */
  stop(options?: { graceMs?: number }): Promise<Outcome>;
  /** Never rejects. All lines are delivered before it resolves. */
  outcome: Promise<Outcome>;
}

interface ProcessOptions<Line> extends ProgramToStart {
  /**
   * Makes the value for `onLines` from a line. It is called while `onLines` may still be busy with earlier
   * lines.
   */
  parse(line: RawLine): Line;
  /**
   * Receives lines in order, in batches. While its promise is pending, the process waits before it writes
   * more.
   */
  onLines(lines: Line[]): void | Promise<void>;
  /** Called when the process has ended, before its last lines are delivered. */
  onExit?: () => void;
  /** Receives errors of `onLines`. Those lines are lost, and the process continues. */
  onFault?: (error: unknown) => void;
}

/**
 * The sizes of batches. Small batches keep the times short in which nothing else is answered: at 50,000 lines
 * a second, the 99th percentile of reads was 9 ms with batches of 100 to 150, and up to 39 ms with batches of
 * 1,000. Larger batches are for a database that commits slowly: with 100 always, the speed fell to 39,000
 * lines a second at times.
 */
const batches = { readyItems: 100, maxItems: 150, maxSize: 4 * 1024 * 1024, maxDelayMs: 100 };

/**
 * Starts a program as the leader of its own process group, so that a stop reaches the plugins, too. Outside
 * of an extract-load pair, SIGTERM ends Meltano at once and leaves its child running
 * (meltano/core/block/plugin_command.py installs no handler). Resolves when the program runs, or could not start.
 */
export async function startMeltano<Line>(options: ProcessOptions<Line>): Promise<MeltanoProcess> {
  const startedAt = new Date();
  const program = await startProgram(options);
  return 'code' in program ? notStarted(program, options, startedAt) : follow(program, options, startedAt);
}

function notStarted(
  { code, message }: StartFailure,
  { executable, cwd }: ProgramToStart,
  startedAt: Date,
): MeltanoProcess {
  const outcome = {
    ...{ exitCode: null, signal: null, stopRequested: false, forced: false, startedAt, endedAt: new Date() },
    failedToStart: startFailure(code, message, executable, cwd),
  };
  return { pid: null, outcome: Promise.resolve(outcome), stop: () => Promise.resolve(outcome) };
}

function follow<Line>(program: Program, options: ProcessOptions<Line>, startedAt: Date): MeltanoProcess {
  const { env, onFault = () => undefined } = options;
  const { MELTANO_RUN_ID: runId, MELTANO_GRAPHQL_STORE: store } = env;
  const stopping = stopOf(program, runId === undefined ? null : isOfRun({ runId, store }));
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
  const end = async (): Promise<Outcome> => {
    const readers = [readLines(program.stdout, take('STDOUT')), readLines(program.stderr, take('STDERR'))];
    const exit = await program.exited;
    const stopRequested = stopping.requested();
    options.onExit?.();
    await stopping.endLeftovers();
    // All has ended. Should a process still have a pipe open, it is not waited for.
    await Promise.all(readers.map((reader) => reader.finish()));
    await lines.flush();
    const forced = stopping.forced();
    stopping.over();
    return { ...exit, failedToStart: null, stopRequested, forced, startedAt, endedAt: new Date() };
  };
  const outcome = end();
  return {
    pid: program.pid,
    outcome,
    stop: ({ graceMs = 10_000 } = {}) => {
      stopping.request(graceMs);
      return outcome;
    },
  };
}
