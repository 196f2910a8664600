import { kill, platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIds, statOf } from './proc.ts';

/** Sends a signal to all processes of a group. Does nothing when the group has ended. */
export function signalGroup(groupId: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR1'): void {
  try {
    kill(-groupId, signal);
  } catch {
    // ESRCH: no process is left. EPERM: on macOS, only ended processes are left.
  }
}

/**
 * Whether a process of the group still runs. A zombie (ended, but not yet collected by its parent) does not
 * count.
 */
export async function isGroupAlive(groupId: number): Promise<boolean> {
  return (await findMember(groupId, null)) !== null;
}

/** Waits until no process of the group runs, at most `timeoutMs`. Resolves to whether none runs. */
export async function waitForGroupEnd(groupId: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let member: number | null = null;
  while ((member = await findMember(groupId, member)) !== null) {
    if (performance.now() >= deadline) return false;
    await sleep(Math.min(20, timeoutMs));
  }
  return true;
}

/**
 * A running process of the group; null when there is none. Where processes cannot be told from zombies, the id of the
 * group stands for them.
 *
 * @param last the one that was found before. While it runs, no other process is looked at: a machine has thousands.
 */
async function findMember(groupId: number, last: number | null): Promise<number | null> {
  try {
    kill(-groupId, 0);
  } catch {
    return null;
  }
  if (platform !== 'linux') return groupId;
  if (last !== null && (await groupOf(last)) === groupId) return last;
  // In a container whose first process does not collect zombies, a zombie would keep the group alive for
  // ever.
  return (await groupMembers(groupId))[0] ?? null;
}

/** The ids of the running processes of a group. Only on Linux, from `/proc`. */
export async function groupMembers(groupId: number): Promise<number[]> {
  const ids = await processIds();
  const groups = await Promise.all(ids.map(groupOf));
  return ids.filter((_, index) => groups[index] === groupId);
}

/** The group of a running process; null when it has ended. Only on Linux, from `/proc`. */
export async function groupOf(id: number): Promise<number | null> {
  const [state = '', , group] = (await statOf(id)).slice(3);
  return state === '' || state === 'Z' || state === 'X' ? null : Number(group);
}
