import { Busy } from '../errors.ts';
import { quoted } from './names.ts';
import type { Statements } from '../store/index.ts';
import { stateIdInKey, stateLockKey } from '../store/lock-keys.ts';

/** A state id in its place. */
export interface StatePlace {
  projectId: string;
  environmentId: string;
  stateId: string;
  /** Where in the arguments it comes from. */
  path: readonly string[];
}

/**
 * Holds state ids while `work` changes them, in one transaction with it, so that no run can start on
 * them half-way.
 *
 * @throws Busy when a run holds one of them
 */
export async function holdingStates<T>(
  tx: Statements,
  places: readonly StatePlace[],
  work: () => Promise<T>,
): Promise<T> {
  const projects = [...new Set(places.map((place) => place.projectId))].sort();
  const keysOf = (projectId: string): string[] =>
    places
      .filter((place) => place.projectId === projectId)
      .map((place) => stateLockKey(place.environmentId, place.stateId));
  for (const projectId of projects) {
    const holder = await tx.takeLocks(projectId, keysOf(projectId), null);
    if (holder) {
      const stateId = stateIdInKey(holder.key) ?? '';
      throw new Busy(
        `A run holds the state id "${stateId}"; wait until it ends, or cancel it.`,
        holder.runId,
        places.find((place) => place.stateId === stateId)?.path,
      );
    }
  }
  const result = await work();
  for (const projectId of projects) await tx.releaseKeys(projectId, keysOf(projectId));
  return result;
}

/** What is wrong with a state id, in a sentence; null when nothing is. It becomes a directory's name. */
export function checkStateId(stateId: string): string | null {
  if (stateId === '' || stateId.length > 250) return 'A state id has 1 to 250 characters.';
  if (Buffer.byteLength(stateId) > 250) {
    return 'The state id is too long: letters other than ASCII count two to four times, and 250 is the limit.';
  }
  if (/[/\p{Cc}\p{Cs}]/u.test(stateId) || stateId === '.' || stateId === '..') {
    return `${quoted(stateId)} cannot be a state id: \`/\` and control characters are not allowed in one.`;
  }
  return null;
}
