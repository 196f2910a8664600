import { endMarked, type IsMarked } from '../../lib/processes/marked.ts';
import { signalGroup, waitForGroupEnd } from '../../lib/processes/process-group.ts';
import type { Program } from './program.ts';

/** Stops one process group, and what has left it: first asks it to end, then kills it. */
export interface GroupStop {
  /**
   * Asks the group to end, and kills it after `graceMs`. Of several requests, the earliest deadline counts.
   */
  request(graceMs: number): void;
  requested(): boolean;
  forced(): boolean;
  /**
   * Ends the rest of the group after its leader has ended, then the processes that have left the group, and then those
   * that have no mark either. When a stop was requested, the rest has what is left of the grace time.
   */
  endLeftovers(): Promise<void>;
  /** Everything has ended. From now on the system may give the id of the group to other processes. */
  over(): void;
}

/**
 * When no stop was requested: how long the rest of a group may take to end by itself, and then after it was
 * asked to end.
 */
const leftovers = { byThemselvesMs: 500, politelyMs: 2000 };

/** How long a kill may take, in milliseconds: a process ends only after its present system call. */
const killMs = 2000;

/**
 * Makes the stop of a program that has started.
 *
 * @param isMarked tells its processes from others, also those that have left the group; null when nothing does
 */
export function stopOf(
  { pid: groupId, endRest }: Pick<Program, 'pid' | 'endRest'>,
  isMarked: IsMarked | null,
): GroupStop {
  let deadline = Infinity;
  let timer: NodeJS.Timeout | null = null;
  let asked = false;
  let killed = false;
  let isOver = false;

  const force = (): void => {
    killed = true;
    signalGroup(groupId, 'SIGKILL');
  };
  const graceMs = (): number => (asked ? Math.max(0, deadline - performance.now()) : leftovers.politelyMs);
  const endGroup = async (): Promise<void> => {
    if (await waitForGroupEnd(groupId, asked ? 0 : leftovers.byThemselvesMs)) return;
    if (!asked) signalGroup(groupId, 'SIGTERM');
    if (await waitForGroupEnd(groupId, graceMs())) return;
    force();
    await waitForGroupEnd(groupId, killMs);
  };
  return {
    requested: () => asked,
    forced: () => killed,
    over: () => {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
    },
    request: (graceMs) => {
      if (isOver) return;
      if (!asked) signalGroup(groupId, 'SIGTERM');
      asked = true;
      if (performance.now() + graceMs >= deadline) return;
      deadline = performance.now() + graceMs;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(force, graceMs);
    },
    endLeftovers: async () => {
      await endGroup();
      if (isMarked !== null && (await endMarked(isMarked, graceMs())) === 'KILLED') killed = true;
      if (await endRest(graceMs())) killed = true;
    },
  };
}
