import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './domain/services.ts';

/** The processes that serve requests, on one port. */
export interface Cluster {
  url: string;
  /** Lets each of them end in order, and waits until all have. */
  stop: () => Promise<void>;
}

/** A member of a cluster could not be started; the message says why. */
export class MemberFailed extends Error {
  override name = 'MemberFailed';
}

/** What a member tells the process that started it: where it serves, or why it cannot. */
type Word = { ready: string } | { failed: string };

/** How long to wait before a member that has died is replaced, in milliseconds. */
const replaceMs = 500;

/** How long a member gets to end by itself, in milliseconds. */
const endMs = 10_000;

/** Whether this process was started by `startCluster` to serve requests. */
export const isMember = cluster.isWorker;

/** Tells the process that started this member how its start went. */
export function tell(word: Word): Promise<void> {
  return new Promise((resolve) => cluster.worker?.send(word, () => resolve()));
}

/**
 * Starts this program again, several times, to serve requests. Connections come to this process and are
 * handed to the members in turn. One that dies is replaced.
 *
 * @throws MemberFailed when one does not come up
 */
export async function startCluster(count: number, log: Log): Promise<Cluster> {
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(members().map(end));
  };
  const replace = async (): Promise<void> => {
    await sleep(replaceMs);
    if (stopping) return;
    const url = await startMember().catch((error: unknown) => log.error({ err: error }, 'a process failed'));
    if (url !== undefined) log.info({ url }, 'a process that serves requests was replaced');
  };
  try {
    // One alone first: what is wrong with the address is said once.
    const url = await startMember();
    await Promise.all(Array.from({ length: count - 1 }, startMember));
    cluster.on('exit', ({ process: { pid } }, exitCode, signal) => {
      if (stopping) return;
      log.error({ pid, exitCode, signal }, 'a process that serves requests has died');
      void replace();
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function members(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((member) => member !== undefined);
}

/** @returns where it serves */
async function startMember(): Promise<string> {
  const member = cluster.fork();
  return new Promise((resolve, reject) => {
    member.on('message', (word: Word) => {
      if ('ready' in word) resolve(word.ready);
      else reject(new MemberFailed(word.failed));
    });
    member.on('exit', (code: number | null, signal: string | null) =>
      reject(new MemberFailed(`A process that was to serve requests ended with ${signal ?? String(code)}.`)),
    );
  });
}

async function end(member: Worker): Promise<void> {
  if (member.isDead()) return;
  const ended = new Promise<void>((resolve) => member.on('exit', () => resolve()));
  const timer = setTimeout(() => member.process.kill('SIGKILL'), endMs);
  member.process.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}
