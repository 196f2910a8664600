import { signalGroup, waitForGroupEnd } from './process-group.ts';

/** The stop of one process group: asked for, forced, over. */
export interface GroupStop {
  /** Asks the group to end and forces it after `graceMs`; of several requests the earliest deadline holds. */
  request(graceMs: number): void;
  requested(): boolean;
  forced(): boolean;
  /**
   * Once its leader has ended: ends the rest of the group, within what is left of the grace when a stop was
   * asked for.
   */
  endLeftovers(): Promise<void>;
  /** Nothing is left to stop: the id of the group may go to somebody else from now on. */
  over(): void;
}

/**
 * What outlives its leader, when nobody asked for a stop: has so long to end by itself, then so long to end
 * politely.
 */
const leftovers = { byThemselvesMs: 500, politelyMs: 2000 };

/** How long to wait for a kill to take effect: a process in the middle of a system call ends after it. */
const killMs = 2000;

/** Makes the stop of a process group; without a group, of a process that did not start, it does nothing. */
export function stopOf(groupId: number | null): GroupStop {
  let deadline = Infinity;
  let timer: NodeJS.Timeout | null = null;
  let asked = false;
  let killed = false;
  let isOver = groupId === null;

  const force = (id: number): void => {
    killed = true;
    signalGroup(id, 'SIGKILL');
  };
  return {
    requested: () => asked,
    forced: () => killed,
    over: () => {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
    },
    request: (graceMs) => {
      if (isOver || groupId === null) return;
      if (!asked) signalGroup(groupId, 'SIGTERM');
      asked = true;
      if (Date.now() + graceMs >= deadline) return;
      deadline = Date.now() + graceMs;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => force(groupId), graceMs);
    },
    endLeftovers: async () => {
      if (groupId === null || (await waitForGroupEnd(groupId, asked ? 0 : leftovers.byThemselvesMs))) return;
      if (!asked) signalGroup(groupId, 'SIGTERM');
      const graceMs = asked ? Math.max(0, deadline - Date.now()) : leftovers.politelyMs;
      if (await waitForGroupEnd(groupId, graceMs)) return;
      force(groupId);
      await waitForGroupEnd(groupId, killMs);
    },
  };
}
