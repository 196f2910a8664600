import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';

/** The output of a process, and how it ended. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A gateway in its own process. */
export interface Gateway {
  url: string;
  processId: number;
  /** Asks it to stop, and waits until it has ended. */
  stop: () => Promise<Ended>;
  /** Kills it, as a crash does, and waits until it has ended. The processes that it started stay. */
  kill: () => Promise<Ended>;
  /** How it has ended, once it has. */
  ended: Promise<Ended>;
}

/** Checks that a gateway ended without trouble. It may have said how slow this machine is. */
export function expectEndedWell({ exitCode, stderr }: Ended): void {
  const lines = stderr.split('\n').filter((line) => !line.includes('the event loop was kept too long'));
  expect({ exitCode, stderr: lines.join('\n') }).toEqual({ exitCode: 0, stderr: '' });
}

/** How a gateway is started. It gets no settings of this process. */
export interface Command {
  /** Program and arguments. */
  command: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
}

interface Started {
  child: ChildProcess;
  said: { stdout: string; stderr: string };
  ended: Promise<Ended>;
}

/**
 * Spares Node the work of making the embedded database's code faster than it is after its first compilation: it is as
 * much work as the whole rest of a start, and a gateway of a test does not live long enough to gain by it.
 */
const compileOnce = '--liftoff-only';

function start({ command: [program = '', ...args], env = {}, cwd }: Command): Started {
  const child = spawn(program, program === process.execPath ? [compileOnce, ...args] : args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
  }
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, ...said }));
  return { child, said, ended };
}

/** Runs a command until it ends. It is killed after five minutes. */
export async function runToItsEnd(command: Command): Promise<Ended> {
  const { child, ended } = start(command);
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
  return ended.finally(() => clearTimeout(timer));
}

/** Starts a gateway, and asks it to stop as soon as something is true. Waits until it has ended. */
export async function stopAsSoonAs(command: Command, condition: () => Promise<boolean>): Promise<Ended> {
  const { child, ended } = start(command);
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
  while (child.exitCode === null && !(await condition())) await sleep(2);
  child.kill('SIGTERM');
  return ended.finally(() => clearTimeout(timer));
}

/** Starts a gateway and waits until it reports that it is ready. Fails when it ends before. */
export async function startGateway(command: Command): Promise<Gateway> {
  const { child, said, ended } = start(command);
  const ready = new Promise<string>((resolve) => {
    child.stdout?.on('data', () => {
      const url = /is ready: (\S+)\n/.exec(said.stdout)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const failed = ended.then(({ stderr }) => {
    throw new Error(`The gateway ended before it was ready: ${stderr}`);
  });
  const url = await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return {
    url,
    processId: child.pid ?? 0,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
