import { Busy, Conflict, type InputCheck } from '../../errors.ts';
import type { Environment, Statements } from '../../store/index.ts';
import type { StateHead } from '../../store/states/states.ts';
import { stateIdInLeaseKey, stateLeaseKey } from '../../store/leases/lease-keys.ts';
import { quoted } from '../../lib/quoted.ts';
import { environmentGone, environmentOf, findState } from '../naming/references.ts';

/** A state id in its environment. */
export interface StateAddress {
  projectId: string;
  environmentId: string;
  stateId: string;
  /** Where the state id is in the arguments. */
  at: readonly string[];
}

export function stateAddress(
  environment: Pick<Environment, 'id' | 'projectId'>,
  stateId: string,
  at: readonly string[],
): StateAddress {
  return { projectId: environment.projectId, environmentId: environment.id, stateId, at };
}

/** Finds the address and the id of a state. @throws NotFound, InvalidInput */
export async function addressOfState(
  tx: Statements,
  reference: string,
  at: readonly string[],
): Promise<StateAddress & { id: string }> {
  const { id, environmentId, stateId } = await findState(tx, reference, at);
  return { id, ...stateAddress(await environmentOf(tx, environmentId), stateId, at) };
}

/** What callers of all verbs that write states can choose. */
export interface Forcible {
  /** Write even if a run has a lease on the state id. */
  force?: boolean | null | undefined;
}

/** Returns the state ids of an environment that were changed by force, although a run has a lease on them. */
export type ForcedIn = (environmentId: string) => string[];

/** The most state ids that a refusal names. */
const named = 10;

/**
 * Takes leases on state ids while `work` changes them, in the same transaction, so that no run starts in
 * between. With `force`, a state id that a run has a lease on is changed too, and the lease stays with the
 * run.
 *
 * @throws Busy when a run has a lease on one of them, without `force`; NotFound when their environment was
 *   deleted
 */
export async function withStateLeases<T>(
  tx: Statements,
  addresses: readonly StateAddress[],
  work: (forcedIn: ForcedIn) => Promise<T>,
  { force }: Forcible = {},
): Promise<T> {
  const projects = [...new Set(addresses.map((address) => address.projectId))].sort();
  const keysOf = (projectId: string): string[] =>
    addresses
      .filter((address) => address.projectId === projectId)
      .map((address) => stateLeaseKey(address.environmentId, address.stateId));
  for (const environmentId of new Set(addresses.map((address) => address.environmentId).sort())) {
    if (!(await tx.rowLocks.environment(environmentId, 'SHARED'))) throw environmentGone();
  }
  const forced = new Set<string>();
  for (const projectId of projects) {
    const keys = keysOf(projectId);
    if (force === true) {
      for (const key of await tx.leases.takeFree(projectId, keys)) forced.add(key);
      continue;
    }
    const holder = await tx.leases.take(projectId, keys, null);
    if (holder) {
      const all = keys.length === 1 ? keys : await tx.leases.takenAmong(projectId, keys, named + 1);
      throw busy(holder, all.length > 0 ? all : [holder.key], addresses);
    }
  }
  const result = await work((environmentId) =>
    addresses
      .filter(({ stateId }) => forced.has(stateLeaseKey(environmentId, stateId)))
      .map(({ stateId }) => stateId),
  );
  for (const projectId of projects) {
    await tx.leases.release(
      projectId,
      keysOf(projectId).filter((key) => !forced.has(key)),
    );
  }
  return result;
}

function busy(
  holder: { key: string; runId: string | null },
  keys: readonly string[],
  addresses: readonly StateAddress[],
): Busy {
  const stateId = stateIdInLeaseKey(holder.key) ?? '';
  const ids = keys.slice(0, named).map((key) => `"${stateIdInLeaseKey(key) ?? ''}"`);
  const message =
    keys.length === 1
      ? `A run holds the state id "${stateId}"; wait until it ends, or cancel it.`
      : `Runs hold the state ids ${ids.join(', ')}${keys.length > named ? ' and more' : ''}; wait until they end, or cancel them.`;
  return new Busy(message, holder.runId, addresses.find((address) => address.stateId === stateId)?.at);
}

/**
 * Finds a state and takes a lease on its state id while `work` changes it.
 *
 * @throws NotFound, InvalidInput, Busy, and Conflict when the state is moved in the meantime
 */
export async function withStateLease<T>(
  tx: Statements,
  reference: string,
  at: readonly string[],
  forcible: Forcible,
  work: (state: StateHead, forced: readonly string[]) => Promise<T>,
): Promise<T> {
  const address = await addressOfState(tx, reference, at);
  return withStateLeases(
    tx,
    [address],
    async (forcedIn) => work(await leasedState(tx, address), forcedIn(address.environmentId)),
    forcible,
  );
}

/**
 * Reads a state again after the lease on its state id was taken.
 *
 * @throws Conflict when the state was moved in the meantime
 */
export async function leasedState(
  tx: Statements,
  { id, environmentId, stateId, at }: StateAddress & { id: string },
): Promise<StateHead> {
  const state = await tx.states.byId(id);
  if (state?.environmentId === environmentId && state.stateId === stateId) return state;
  throw new Conflict(`The state ${quoted(stateId)} was moved at this moment; try again.`, at);
}

/** The longest state id, in bytes. */
export const stateIdLength = 250;

/** Notes what is wrong with a state id. Meltano's state backend makes a directory of that name. */
export function checkStateId(check: InputCheck, path: string, stateId: string): void {
  if (stateId === '' || stateId.length > stateIdLength) {
    check.add(path, 'BAD_STATE_ID', `A state id has 1 to ${stateIdLength} characters.`);
  } else if (Buffer.byteLength(stateId) > stateIdLength) {
    check.add(
      path,
      'BAD_STATE_ID',
      `The state id is too long: letters other than ASCII count two to four times, and ${stateIdLength} is the limit.`,
    );
  } else if (/[/\p{Cc}\p{Cs}]/u.test(stateId) || stateId === '.' || stateId === '..') {
    check.add(
      path,
      'BAD_STATE_ID',
      `${quoted(stateId)} cannot be a state id: \`/\` and control characters are not allowed in one.`,
    );
  }
}
