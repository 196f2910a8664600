import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:process';
import { groupMembers, isGroupAlive, signalGroup, waitForGroupEnd } from './process-group.ts';

interface StrayRun {
  /** The id that the run's Meltano process had, which is also that of its group. */
  pid: number;
  runId: string;
  /** Time between the polite signal and the forced one; default 10 seconds. */
  graceMs?: number;
}

/**
 * Ends what is left on this machine of a run whose gateway died: its process group, led by Meltano or, when
 * that is gone, of plugins alone. A group counts as the run's when a process in it carries its
 * `MELTANO_RUN_ID`, so an id that the system gave to something else is never signalled.
 *
 * NOT_FOUND when nothing of the run is alive, ENDED when it ended politely, KILLED when it had to be forced.
 */
export async function killStrayRun(run: StrayRun): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  // 0 and 1 would address this process's own group and everybody.
  if (!Number.isSafeInteger(run.pid) || run.pid <= 1) return 'NOT_FOUND';
  if (!(await isGroupAlive(run.pid)) || !(await belongsToRun(run))) return 'NOT_FOUND';
  signalGroup(run.pid, 'SIGTERM');
  if (await waitForGroupEnd(run.pid, run.graceMs ?? 10_000)) return 'ENDED';
  signalGroup(run.pid, 'SIGKILL');
  await waitForGroupEnd(run.pid, 2000);
  return 'KILLED';
}

async function belongsToRun({ pid, runId }: StrayRun): Promise<boolean> {
  const mark = `MELTANO_RUN_ID=${runId}`;
  if (platform !== 'linux') return psShows(pid, mark);
  for (const member of await groupMembers(pid)) {
    const environment = await readFile(`/proc/${member}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(mark)) return true;
  }
  return false;
}

/** Where there is no `/proc`, `ps` shows the environment of one's own processes after their command. */
async function psShows(groupId: number, mark: string): Promise<boolean> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pgid=,command='], { reject: false });
  return stdout.split('\n').some((line) => {
    const [group, ...words] = line.trim().split(/\s+/);
    return Number(group) === groupId && words.includes(mark);
  });
}
