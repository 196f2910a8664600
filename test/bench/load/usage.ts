import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Connection } from '../database/connection.ts';

/** Processor time of processes by id, in seconds. */
export type CpuTimes = ReadonlyMap<number, number>;

// Linux counts it in hundredths of a second, whatever the kernel's own clock.
const ticks = 100;

async function fieldsOf(processId: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => null);
  // The name, in parentheses, may hold anything; what follows begins with the state, field 3.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? null;
}

/** Processor time of a process with all its threads, in seconds; 0 when it is gone. */
export async function cpuOf(processId: number): Promise<number> {
  const fields = await fieldsOf(processId);
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** The process whose children are the backends of a server. @throws when it runs on another machine */
export async function postmasterOf({ query }: Connection): Promise<number> {
  const [row] = await query('SELECT pg_backend_pid() AS id');
  const fields = await fieldsOf(Number(row?.id));
  if (fields === null)
    throw new Error('The PostgreSQL server must run on this machine, to see its CPU time.');
  return Number(fields[1]);
}

/** Processor time of each child of a process. */
export async function cpuOfChildren(processId: number): Promise<CpuTimes> {
  const { stdout } = await execa('pgrep', ['-P', String(processId)], { reject: false });
  const ids = stdout.split('\n').filter(Boolean).map(Number);
  return new Map(await Promise.all(ids.map(async (id) => [id, await cpuOf(id)] as const)));
}

/**
 * Processor time that passed between two looks, in seconds. Those that have ended meanwhile were idle
 * connections of a server whose turn it was not.
 */
export function passed(before: CpuTimes, after: CpuTimes): number {
  let sum = 0;
  for (const [id, seconds] of after) sum += seconds - (before.get(id) ?? 0);
  return sum;
}

/** Starts the record of a process's peak memory anew. */
export async function forgetPeak(processId: number): Promise<void> {
  await writeFile(`/proc/${processId}/clear_refs`, '5').catch(() => undefined);
}

/** Peak of the memory that a process had resident, in megabytes. */
export async function peakOf(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
