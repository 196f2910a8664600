import { execa } from 'execa';
import { readdir, readFile } from 'node:fs/promises';
import { platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupOf, signalGroup, statOf, waitForGroupEnd } from './process-group.ts';

interface StrayRun {
  runId: string;
  /** Time between the polite signal and the forced one; default 10 seconds. */
  graceMs?: number;
}

/**
 * Ends what is left on this machine of a run whose gateway died: every process group in which a process
 * carries its `MELTANO_RUN_ID`, led by Meltano or, when that is gone, of plugins alone. Looked for by that mark
 * and not by a process id: the gateway may have died before it could note one, and ids are given out again.
 *
 * NOT_FOUND when nothing of the run is alive, ENDED when it ended politely, KILLED when it had to be forced.
 */
export async function killStrayRun({
  runId,
  graceMs = 10_000,
}: StrayRun): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  const groups = await groupsOfRun(runId);
  if (groups.length === 0) return 'NOT_FOUND';
  for (const group of groups) signalGroup(group, 'SIGTERM');
  const ended = await Promise.all(groups.map((group) => waitForGroupEnd(group, graceMs)));
  const deaf = groups.filter((_, i) => !ended[i]);
  for (const group of deaf) signalGroup(group, 'SIGKILL');
  await Promise.all(deaf.map((group) => waitForGroupEnd(group, 2000)));
  return deaf.length > 0 ? 'KILLED' : 'ENDED';
}

/** The ids of the process groups of a run on this machine. */
export async function groupsOfRun(runId: string): Promise<number[]> {
  const mark = `MELTANO_RUN_ID=${runId}`;
  const groups = platform === 'linux' ? await groupsInProc(mark) : await groupsInPs(mark);
  // 0 and 1 would address this process's own group and everybody.
  return [...new Set(groups)].filter((group) => Number.isSafeInteger(group) && group > 1);
}

async function groupsInProc(mark: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = await Promise.all(
    ids.map(async (id) => {
      const environment = await environmentOf(id);
      return environment.split('\0').includes(mark) ? groupOf(id) : null;
    }),
  );
  return groups.filter((group) => group !== null);
}

/**
 * The environment of a process as the kernel shows it: empty for one that has ended and for somebody else's. While
 * a process starts another program (execve) its environment reads as empty too, so that one is asked again, for at
 * most a second: overlooked, it would write on after its run was given up.
 */
async function environmentOf(id: number): Promise<string> {
  const deadline = Date.now() + 1000;
  for (;;) {
    const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => null);
    if (environment === null) return '';
    if (environment !== '' || Date.now() >= deadline || !(await awaitsEnvironment(id))) return environment;
    await sleep(1);
  }
}

/** Whether a process has memory and its environment is not set up yet, or is there by now. */
async function awaitsEnvironment(id: number): Promise<boolean> {
  const fields = await statOf(id);
  const [size, start, end] = [fields[23], fields[50], fields[51]].map(Number);
  // Threads of the kernel have no memory; a program may have been given no environment at all.
  return size !== undefined && size > 0 && (end === 0 || end !== start);
}

/** Where there is no `/proc`, `ps` shows the environment of one's own processes after their command. */
async function groupsInPs(mark: string): Promise<number[]> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pgid=,command='], { reject: false });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.includes(mark, 1))
    .map(([group]) => Number(group));
}
