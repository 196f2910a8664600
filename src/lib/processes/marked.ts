import { platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { environmentOf, processIds, statOf } from './proc.ts';
import { groupOf, signalGroup, waitForGroupEnd } from './process-group.ts';

/** A running process of this user. */
export interface SeenProcess {
  groupId: number;
  /** Its environment variables when its program started, as `NAME=value`. */
  environment: readonly string[];
}

/** Whether a process is meant, by its environment. */
export type IsMarked = (environment: readonly string[]) => boolean;

/** How often processes are killed that others of them have started meanwhile. */
const rounds = 5;

/** How long a kill may take, in milliseconds: a process ends only after its present system call. */
const killMs = 2000;

/**
 * Ends every process group on this machine with a process whose environment has a mark. Processes inherit it, also those
 * that left the group and the session of their parent. Process ids are not used, since the system uses them again, and
 * names of machines are not either, since containers can share one: a machine shows the processes that are on it.
 *
 * @param graceMs time between asking the processes to end and killing them, in milliseconds
 * @returns NOT_FOUND when there is no such process, ENDED when all ended after they were asked, KILLED when some had
 *   to be killed
 */
export async function endMarked(
  isMarked: IsMarked,
  graceMs: number,
): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  let groups = await groupsWith(isMarked);
  if (groups.length === 0) return 'NOT_FOUND';
  for (const group of groups) signalGroup(group, 'SIGTERM');
  await Promise.all(groups.map((group) => waitForGroupEnd(group, graceMs)));
  for (let round = 0; round < rounds; round++) {
    groups = await groupsWith(isMarked);
    if (groups.length === 0) return round === 0 ? 'ENDED' : 'KILLED';
    for (const group of groups) signalGroup(group, 'SIGKILL');
    await Promise.all(groups.map((group) => waitForGroupEnd(group, killMs)));
  }
  return 'KILLED';
}

/** The ids of the process groups that `endMarked` would end. */
export async function groupsWith(isMarked: IsMarked): Promise<number[]> {
  const seen = await seeProcesses(isMarked);
  return [...new Set(seen.map(({ groupId }) => groupId))];
}

/** The running processes of this user whose environment is wanted. */
export async function seeProcesses(isWanted: IsMarked): Promise<SeenProcess[]> {
  const seen = platform === 'linux' ? await seeInProc(isWanted) : await seeInPs(isWanted);
  // 0 and 1 would mean this process's own group and all processes.
  return seen.filter(({ groupId }) => Number.isSafeInteger(groupId) && groupId > 1);
}

async function seeInProc(isWanted: IsMarked): Promise<SeenProcess[]> {
  const all = await Promise.all(
    (await processIds()).map(async (id) => {
      const environment = await settledEnvironmentOf(id);
      if (!isWanted(environment)) return [];
      const groupId = await groupOf(id);
      return groupId === null ? [] : [{ groupId, environment }];
    }),
  );
  return all.flat();
}

/**
 * The environment of a process; empty when it cannot be read. While a process starts another program
 * (execve), its environment is also empty for a moment. Such a process is read again, for at most a second.
 * If it were missed, it would continue after its end was reported.
 */
async function settledEnvironmentOf(id: number): Promise<string[]> {
  const deadline = performance.now() + 1000;
  for (;;) {
    const environment = await environmentOf(id);
    if (environment === null) return [];
    if (environment.length > 0 || performance.now() >= deadline || !(await awaitsEnvironment(id)))
      return environment;
    await sleep(1);
  }
}

/**
 * Whether an empty environment was read too early: it is not set up yet, or it was set up since. Linux writes the end
 * of the new program's code after its environment. The environment's own end does not tell: it equals the beginning
 * while the variables are counted. Source: `load_elf_binary` and `create_elf_tables` in Linux' `fs/binfmt_elf.c`.
 */
async function awaitsEnvironment(id: number): Promise<boolean> {
  const fields = await statOf(id);
  const [size, endOfCode, start, end] = [fields[23], fields[27], fields[50], fields[51]].map(Number);
  // Threads of the kernel have no memory. A program may also have an empty environment.
  return size !== undefined && size > 0 && (endOfCode === 0 || end !== start);
}

/** Without `/proc`, `ps` shows the environment of the user's own processes after their command. */
async function seeInPs(isWanted: IsMarked): Promise<SeenProcess[]> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pgid=,command='], { reject: false });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([groupId, ...environment]) => ({ groupId: Number(groupId), environment }))
    .filter(({ environment }) => isWanted(environment));
}
