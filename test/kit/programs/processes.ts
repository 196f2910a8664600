import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ids of the processes on this machine of which a file in their folder of `/proc` is as wanted. Linux only.
 *
 * The files are read in this thread: they are in memory, and to have each read by another thread takes ten times the
 * work. Who waits for a process looks at hundreds of them, again and again.
 */
export function processesWith(file: string, isWanted: (text: string) => boolean): Promise<number[]> {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return Promise.resolve(ids.filter((id) => isWanted(textOf(`/proc/${id}/${file}`))).map(Number));
}

/** Nothing when the process has ended, or belongs to another user. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
