import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './domain/gateway.ts';

/** Processes that serve requests on one port. */
export interface Cluster {
  url: string;
  /** Asks all processes to take no new work. */
  drain: () => void;
  /** Asks all processes to end, and waits until they have ended. */
  stop: () => Promise<void>;
}

/** A process of the cluster could not be started. The message says why. */
export class MemberFailed extends Error {
  override name = 'MemberFailed';
}

/** A message from a member to the process that started it: its address, or why it cannot start. */
type StartMessage = { ready: string } | { failed: string };

/** The message to a member that it is to take no new work. */
const drainMessage = 'DRAIN';

/** Wait before a dead member is replaced, in milliseconds. */
const replaceMs = 500;

/** Time that a member has to end before it is killed, in milliseconds. */
const endMs = 10_000;

/** How the members are started: as this process was, but for what nobody else may see. */
export interface MemberOptions {
  /** Arguments, none of which is a secret: each user of the machine can read them. */
  args: readonly string[];
  /** Variables that they get beside those of this process. */
  env: Readonly<Record<string, string>>;
}

/** Whether `startCluster` has started this process. */
export const isMember = cluster.isWorker;

/** Tells the process that started this member whether the start succeeded. */
export function tell(message: StartMessage): Promise<void> {
  return new Promise((resolve) => cluster.worker?.send(message, () => resolve()));
}

/** Calls a function when this member is to take no new work. */
export function onDrain(drain: () => void): void {
  cluster.worker?.on('message', (message) => {
    if (message === drainMessage) drain();
  });
}

/**
 * Starts this program several times more, to serve requests. This process accepts the connections and passes
 * them to the members in turn. A member that dies is replaced.
 *
 * @throws MemberFailed when one does not start
 */
export async function startCluster(count: number, options: MemberOptions, log: Log): Promise<Cluster> {
  let stopping = false;
  cluster.setupPrimary({ args: [...options.args] });
  const startMember = (): Promise<string> => addressOf(cluster.fork(options.env));
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(members().map(end));
  };
  const drain = (): void => {
    stopping = true;
    for (const member of members()) member.send(drainMessage);
  };
  const replace = async (): Promise<void> => {
    await sleep(replaceMs);
    if (stopping) return;
    const url = await startMember().catch((error: unknown) => log.error({ err: error }, 'a process failed'));
    if (url !== undefined) log.info({ url }, 'a process that serves requests was replaced');
  };
  try {
    // One member first, so that a wrong address is reported only once.
    const url = await startMember();
    await Promise.all(Array.from({ length: count - 1 }, startMember));
    cluster.on('exit', ({ process: { pid } }, exitCode, signal) => {
      if (stopping) return;
      log.error({ pid, exitCode, signal }, 'a process that serves requests has died');
      void replace();
    });
    return { url, drain, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function members(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((member) => member !== undefined);
}

/** Waits until a member serves. @returns its address */
async function addressOf(member: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    member.on('message', (message: StartMessage) => {
      if ('ready' in message) resolve(message.ready);
      else reject(new MemberFailed(message.failed));
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
