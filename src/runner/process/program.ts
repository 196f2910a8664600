import { spawn, type ChildProcess } from 'node:child_process';
import { platform } from 'node:process';
import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { orphanGraceMs, pythonsFor, supervisor, supervisorMark } from './supervisor.ts';

/** A program to start, as the leader of a process group of its own. */
export interface ProgramToStart {
  executable: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment of the process. Nothing is inherited. */
  env: Readonly<Record<string, string>>;
}

/** How a process has ended: one of both is not null. */
export interface ProcessExit {
  exitCode: number | null;
  signal: string | null;
}

/** A program that has started. */
export interface Program {
  /** Also the id of its process group. */
  pid: number;
  stdout: Readable;
  stderr: Readable;
  exited: Promise<ProcessExit>;
  /**
   * After the program has ended, ends what descends from it and is still alive, whatever that has done to leave it.
   *
   * @param graceMs time between asking the processes to end and killing them, in milliseconds
   * @returns whether some had to be killed
   */
  endRest: (graceMs: number) => Promise<boolean>;
}

/** Why a program cannot be started. */
export interface StartFailure {
  /** The error code of the system, such as `ENOENT` or `EACCES`. */
  code: string;
  message: string;
}

/** The variables by which the processes of a run are found. */
const marks: ReadonlySet<string> = new Set(['MELTANO_RUN_ID', 'MELTANO_GRAPHQL_WORKER']);

/** How long a kill may take, in milliseconds: a process ends only after its present system call. */
const killMs = 2000;

/** Starts a program: where it can, below a supervisor, which finds all that the program leaves behind. */
export async function startProgram(program: ProgramToStart): Promise<Program | StartFailure> {
  const { executable, cwd, env } = program;
  const pythons = platform === 'linux' ? await pythonsFor(executable, cwd, env.PATH ?? '') : [];
  for (const python of pythons) {
    const started = await startSupervised(python, program);
    if (started !== null) return started;
  }
  return startAlone(program);
}

function spawnIn(
  program: string,
  args: readonly string[],
  { cwd, env }: Pick<ProgramToStart, 'cwd' | 'env'>,
  more: readonly 'pipe'[] = [],
): ChildProcess {
  return spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe', ...more] });
}

/** @returns null when the supervisor itself cannot be started; then the program is not started either */
async function startSupervised(
  python: string,
  { executable, args, cwd, env }: ProgramToStart,
): Promise<Program | StartFailure | null> {
  // Not marked as a process of the run: all those are ended before it.
  const { MELTANO_RUN_ID: runId = '' } = env;
  const own = Object.entries(env).filter(([name]) => !marks.has(name));
  const [name = ''] = supervisorMark.split('=');
  const child = spawnIn(
    python,
    ['-I', '-S', '-c', supervisor, 'meltano-graphql-supervisor', String(orphanGraceMs)],
    { cwd, env: { ...Object.fromEntries(own), [name]: runId } },
    ['pipe'],
  );
  const ended = new Promise<ProcessExit>((resolve) => {
    child.once('error', () => resolve({ exitCode: null, signal: null }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const link = child.stdio[3] as Socket | undefined;
  if (child.pid === undefined || !link) return null;
  link.on('error', () => undefined);
  const words = saidOn(link, ended);
  if ((await words.next())[0] !== 'ready') return null;
  link.write(`${JSON.stringify({ file: executable, args, env })}\n`);
  const [said, what = '', ...message] = await words.next();
  if (said !== 'started') {
    link.destroy();
    return said === 'failed'
      ? { code: what, message: message.join(' ') }
      : { code: 'UNKNOWN', message: 'its supervisor has ended' };
  }
  const exited = words.next().then(([said, how = '']): ProcessExit | Promise<ProcessExit> => {
    if (said === 'exit') return { exitCode: Number(how), signal: null };
    // When the supervisor was killed, nobody knows how the program ends.
    return said === 'signal' ? { exitCode: null, signal: how } : ended;
  });
  return {
    ...{ pid: Number(what), exited },
    ...outputOf(child),
    endRest: async (graceMs) => {
      link.write(`end ${Math.ceil(graceMs)}\n`);
      const end = await within(graceMs + killMs, ended);
      link.destroy();
      return end === null || end.exitCode === 1;
    },
  };
}

/** The lines that a supervisor says, as words; an empty list when it has ended. */
function saidOn(link: Socket, ended: Promise<unknown>): { next: () => Promise<string[]> } {
  const lines = createInterface({ input: link })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const read = lines.next().then(({ value }: { value?: string }) => value?.split(' ') ?? []);
      // Nothing comes after its end, but what it has said before may not be read yet.
      return (await Promise.race([read, ended.then(() => null)])) ?? (await within(killMs, read)) ?? [];
    },
  };
}

/** Starts a program without a supervisor. */
async function startAlone(program: ProgramToStart): Promise<Program | StartFailure> {
  const child = spawnIn(program.executable, program.args, program);
  const { pid } = child;
  if (pid === undefined) {
    return new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        resolve({ code: error.code ?? 'UNKNOWN', message: error.message }),
      );
    });
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  return { pid, exited, ...outputOf(child), endRest: () => Promise.resolve(false) };
}

function outputOf({ stdout, stderr }: ChildProcess): Pick<Program, 'stdout' | 'stderr'> {
  if (!stdout || !stderr) throw new Error('The process has no pipes.');
  return { stdout, stderr };
}

/** Null when the promise takes longer than a time. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return Promise.race([promise, tooLong]).finally(() => clearTimeout(timer));
}
