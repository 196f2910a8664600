import { readdir, readFile } from 'node:fs/promises';

// Only Linux shows processes as files. Source: proc(5).

/** The ids of all processes. */
export async function processIds(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * The status of a process. Each field has the number that proc(5) gives it, from 3 (the state) on; the fields
 * before are empty. The list is empty when there is no such process, or no `/proc`.
 */
export async function statOf(id: number): Promise<string[]> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null);
  // The program's name is in parentheses and may contain any character.
  return stat === null ? [] : ['', '', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
}

/**
 * The environment variables of a process when its program started, as `NAME=value`. Empty while the process
 * starts another program. Null when the process has ended, or belongs to another user.
 */
export async function environmentOf(id: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => null);
  if (text === null) return null;
  return text === '' ? [] : text.split('\0');
}
