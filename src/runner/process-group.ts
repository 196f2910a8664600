import { readdir, readFile } from 'node:fs/promises';
import { kill, platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends a signal to every process of a group; a group that is gone is no error. */
export function signalGroup(groupId: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(-groupId, signal);
  } catch {
    // ESRCH: nobody is left. EPERM: on macOS, only processes that have ended are left.
  }
}

/** Whether a process of the group still runs; one that has ended and waits to be collected does not count. */
export async function isGroupAlive(groupId: number): Promise<boolean> {
  try {
    kill(-groupId, 0);
  } catch {
    return false;
  }
  if (platform !== 'linux') return true;
  // In a container whose first process collects nothing, an ended member would hold the group for ever.
  return (await groupMembers(groupId)).length > 0;
}

/** Waits until the group is empty, at most `timeoutMs`; answers whether it is. */
export async function waitForGroupEnd(groupId: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isGroupAlive(groupId)) {
    if (Date.now() >= deadline) return false;
    await sleep(Math.min(20, timeoutMs));
  }
  return true;
}

/** The ids of the running processes of a group. Linux only: from `/proc`. */
export async function groupMembers(groupId: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = await Promise.all(ids.map(groupOf));
  return ids.filter((_, index) => groups[index] === groupId);
}

/** The group of a running process; null when it has ended. Linux only: from `/proc`. */
export async function groupOf(id: number): Promise<number | null> {
  const [state = '', , group] = (await statOf(id)).slice(3);
  return state === '' || state === 'Z' || state === 'X' ? null : Number(group);
}

/**
 * The status of a process, its fields at the numbers that proc(5) gives them from 3, the state, on; the two before
 * are empty. An empty list when there is no such process. Linux only.
 */
export async function statOf(id: number): Promise<string[]> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null);
  // The name stands in parentheses and may hold any character.
  return stat === null ? [] : ['', '', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
}
