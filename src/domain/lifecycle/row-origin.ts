import type { Environment } from '../../store/index.ts';

/**
 * Where an environment, plugin, job or schedule comes from, and whether it exists.
 *
 * `origin` says where it comes from:
 * - `API`: it was made through the API, and no file has it.
 * - `MANIFEST`: the project's files have it, with the key `manifestKey`. `manifestDigest` is the digest of
 *   the definition that was applied last; null when the next import is to apply the definition again in any
 *   case. The file of a managed project is the `meltano.yml` that the gateway keeps.
 * - `DROPPED`: the files had it with that key, and do not have it any more.
 *
 * `deletedAt` is null while it exists. `purgedAt` is set when it should be removed for good but the files
 * still have it: the row then stays, and only imports see it. Without the row, an import would create the
 * object again.
 *
 * The README of this folder shows all changes.
 */
export type RowOrigin = Source & { deletedAt: Time | null; purgedAt: Time | null };

/** The columns that say where a row comes from. */
type Source = Pick<Environment, 'origin' | 'manifestKey' | 'manifestDigest'>;

/** A time; text in a row that was read as JSON. */
type Time = Date | string;

type Origin = Pick<RowOrigin, 'origin'>;

/**
 * Whether it was made through the API: no file had it, or another row now stands for what the files have
 * under its key.
 */
export function isMadeByApi({ origin }: Origin): boolean {
  return origin === 'API';
}

/** Whether the project's files had it at the last import. */
export function isInFiles({ origin }: Origin): boolean {
  return origin === 'MANIFEST';
}

/** Whether the project's files had it before, and do not have it any more. */
export function isDropped({ origin }: Origin): boolean {
  return origin === 'DROPPED';
}

/** Whether it was purged, so that only imports see it. Projects and services have no `purgedAt`. */
export function isPurged({ purgedAt }: { deletedAt: Time | null; purgedAt?: Time | null }): boolean {
  return purgedAt != null;
}

/** The columns of a row that was made through the API. */
export const madeByApi: Source = { origin: 'API', manifestKey: null, manifestDigest: null };

/**
 * The columns of a row that the files have.
 *
 * @param digest null when the next import is to apply the definition again
 */
export function inFiles(key: string, digest: string | null): Source & { manifestKey: string } {
  return { origin: 'MANIFEST', manifestKey: key, manifestDigest: digest };
}

/** The columns of a row that the files do not have any more. */
export function droppedFromFiles({ manifestKey }: Pick<RowOrigin, 'manifestKey'>): Source {
  return { origin: 'DROPPED', manifestKey, manifestDigest: null };
}

/** The column change that makes the next import apply a row's definition again. */
export const toApplyAgain = { manifestDigest: null } as const;

/** The column changes that bring back a deleted or purged row. */
export const broughtBack = { deletedAt: null, purgedAt: null } as const;

/**
 * The column change that gives a row another key in the files; none for a row that was made through the API.
 */
export function rekeyed(row: Origin, key: string): Partial<Pick<RowOrigin, 'manifestKey'>> {
  return isMadeByApi(row) ? {} : { manifestKey: key };
}
