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
  try {
    kill(-groupId, 0);
  } catch {
    return false;
  }
  if (platform !== 'linux') return true;
  // In a container whose first process does not collect zombies, a zombie would keep the group alive for
  // ever.
  return (await groupMembers(groupId)).length > 0;
}

/** Waits until no process of the group runs, at most `timeoutMs`. Resolves to whether none runs. */
export async function waitForGroupEnd(groupId: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isGroupAlive(groupId)) {
    if (performance.now() >= deadline) return false;
    await sleep(Math.min(20, timeoutMs));
  }
  return true;
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
