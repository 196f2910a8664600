import { Busy, Conflict, type InputCheck } from '../errors.ts';
import type { Environment, State, Statements } from '../store/index.ts';
import { stateIdInKey, stateLockKey } from '../store/lock-keys.ts';
import { quoted } from './names.ts';
import { environmentGone, environmentOf, findState } from './references.ts';

/** A state id in its place. */
export interface StatePlace {
  projectId: string;
  environmentId: string;
  stateId: string;
  /** Where in the arguments it comes from. */
  path: readonly string[];
}

/** The place of a state id in an environment. */
export function placeIn(
  environment: Pick<Environment, 'id' | 'projectId'>,
  stateId: string,
  path: readonly string[],
): StatePlace {
  return { projectId: environment.projectId, environmentId: environment.id, stateId, path };
}

/** The place of a state that is there, and its id. @throws NotFound, InvalidInput */
export async function placeOfState(
  tx: Statements,
  reference: string,
  path: readonly string[],
): Promise<StatePlace & { id: string }> {
  const { id, environmentId, stateId } = await findState(tx, reference, path);
  return { id, ...placeIn(await environmentOf(tx, environmentId), stateId, path) };
}

/** What callers of a verb that writes states can ask. */
export interface Forcible {
  /** Go on although a run holds a state id. */
  force?: boolean | null | undefined;
}

/** Those state ids of an environment that a run holds while they are changed by force. */
export type ForcedIn = (environmentId: string) => string[];

/** How many state ids a refusal names. */
const named = 10;

/**
 * Holds state ids while `work` changes them, in one transaction with it, so that no run can start on
 * them half-way. With `force` those that a run holds remain the run's.
 *
 * @throws Busy when a run holds one of them, without `force`; NotFound when their environment was deleted
 */
export async function holdingStates<T>(
  tx: Statements,
  places: readonly StatePlace[],
  work: (forcedIn: ForcedIn) => Promise<T>,
  { force }: Forcible = {},
): Promise<T> {
  const projects = [...new Set(places.map((place) => place.projectId))].sort();
  const keysOf = (projectId: string): string[] =>
    places
      .filter((place) => place.projectId === projectId)
      .map((place) => stateLockKey(place.environmentId, place.stateId));
  for (const environmentId of new Set(places.map((place) => place.environmentId).sort())) {
    if (!(await tx.holdEnvironment(environmentId, 'SHARED'))) throw environmentGone();
  }
  const held = new Set<string>();
  for (const projectId of projects) {
    const keys = keysOf(projectId);
    if (force === true) {
      for (const key of await tx.takeFreeLocks(projectId, keys)) held.add(key);
      continue;
    }
    const holder = await tx.takeLocks(projectId, keys, null);
    if (holder) {
      const all = keys.length === 1 ? keys : await tx.heldKeys(projectId, keys, named + 1);
      throw busy(holder, all.length > 0 ? all : [holder.key], places);
    }
  }
  const result = await work((environmentId) =>
    places
      .filter(({ stateId }) => held.has(stateLockKey(environmentId, stateId)))
      .map(({ stateId }) => stateId),
  );
  for (const projectId of projects) {
    await tx.releaseKeys(
      projectId,
      keysOf(projectId).filter((key) => !held.has(key)),
    );
  }
  return result;
}

function busy(
  holder: { key: string; runId: string | null },
  keys: readonly string[],
  places: readonly StatePlace[],
): Busy {
  const stateId = stateIdInKey(holder.key) ?? '';
  const ids = keys.slice(0, named).map((key) => `"${stateIdInKey(key) ?? ''}"`);
  const message =
    keys.length === 1
      ? `A run holds the state id "${stateId}"; wait until it ends, or cancel it.`
      : `Runs hold the state ids ${ids.join(', ')}${keys.length > named ? ' and more' : ''}; wait until they end, or cancel them.`;
  return new Busy(message, holder.runId, places.find((place) => place.stateId === stateId)?.path);
}

/**
 * Finds a state and holds its state id while `work` changes it.
 *
 * @throws NotFound, InvalidInput, Busy, and Conflict when it is moved at this moment
 */
export async function holdingState<T>(
  tx: Statements,
  reference: string,
  path: readonly string[],
  forcible: Forcible,
  work: (state: State, forced: readonly string[]) => Promise<T>,
): Promise<T> {
  const place = await placeOfState(tx, reference, path);
  return holdingStates(
    tx,
    [place],
    async (forcedIn) => work(await heldState(tx, place), forcedIn(place.environmentId)),
    forcible,
  );
}

/** A state, read again now that its place is held. @throws Conflict when it was moved at this moment */
export async function heldState(
  tx: Statements,
  { id, environmentId, stateId, path }: StatePlace & { id: string },
): Promise<State> {
  const state = await tx.stateById(id);
  if (state?.environmentId === environmentId && state.stateId === stateId) return state;
  throw new Conflict(`The state ${quoted(stateId)} was moved at this moment; try again.`, path);
}

/** Notes what is wrong with a state id. It becomes a directory's name. */
export function checkStateId(check: InputCheck, path: string, stateId: string): void {
  if (stateId === '' || stateId.length > 250) {
    check.add(path, 'BAD_STATE_ID', 'A state id has 1 to 250 characters.');
  } else if (Buffer.byteLength(stateId) > 250) {
    check.add(
      path,
      'BAD_STATE_ID',
      'The state id is too long: letters other than ASCII count two to four times, and 250 is the limit.',
    );
  } else if (/[/\p{Cc}\p{Cs}]/u.test(stateId) || stateId === '.' || stateId === '..') {
    check.add(
      path,
      'BAD_STATE_ID',
      `${quoted(stateId)} cannot be a state id: \`/\` and control characters are not allowed in one.`,
    );
  }
}
