import { isDeepStrictEqual } from 'node:util';
import type { RowChange } from '../../store/mirror/row-writes.ts';
import { inFiles, isInFiles, isMadeByApi, madeByApi, type RowOrigin } from '../lifecycle/row-origin.ts';
import { digestOf, type ImportedRow, type StoredRow } from './sync-rows.ts';

/** How to apply a manifest to rows. */
export interface Match {
  /**
   * By `NAME`, rows become what the manifest says, and changes that were made through the API are discarded. By
   * `KEY`, rows change only where the manifest has changed, as with every import.
   */
  by: 'NAME' | 'KEY';
  /**
   * Whether to delete rows that the manifest does not have. Otherwise they stay, as if they were made through
   * the API.
   */
  prune: boolean;
  /** Whether `prune` also deletes rows that were made through the API, because their file is to have them. */
  ofApi: boolean;
}

/** The rows for `syncRows`. */
export interface MatchedRows<Row, Data> {
  stored: Row[];
  /** Rows to delete, wherever they come from. */
  pruned: Row[];
  /**
   * Changes for rows that stay although the manifest does not have them: from now on they count as made
   * through the API.
   */
  freed: RowChange<Partial<Data & RowOrigin>>[];
}

/**
 * Prepares rows for `syncRows` when a manifest is applied. By name, each row gets the key of the manifest's item
 * with the row's current name. It is changed unless it already has the item's values.
 */
export function matchRows<Named extends object, Data extends Named, Row extends StoredRow & Named>(
  {
    stored,
    wanted,
    nameOf,
  }: {
    stored: readonly Row[];
    wanted: readonly ImportedRow<Data>[];
    nameOf: (row: Named) => string;
  },
  { by, prune, ofApi }: Match,
): MatchedRows<Row, Data> {
  const wantedByName = new Map(wanted.map((want) => [nameOf(want.data), want]));
  const keys = new Set<string | null>(wanted.map(({ key }) => key));
  const taken = new Set(stored.filter(({ deletedAt }) => deletedAt === null).map(nameOf));
  const matched: MatchedRows<Row, Data> = { stored: [], pruned: [], freed: [] };
  const free = (row: Row): Row => {
    if (!isMadeByApi(row)) matched.freed.push({ id: row.id, data: madeByApi as Partial<Data & RowOrigin> });
    return { ...row, ...madeByApi };
  };
  if (by === 'KEY') {
    const isKept = (row: Row): boolean =>
      !prune && isInFiles(row) && row.deletedAt === null && !keys.has(row.manifestKey);
    matched.stored = stored.map((row) => (isKept(row) ? free(row) : row));
    return matched;
  }
  for (const row of stored) {
    const name = nameOf(row);
    const want = wantedByName.get(name);
    if (row.deletedAt === null) {
      if (want) matched.stored.push({ ...row, ...inFiles(want.key, digestIfSame(row, want)) });
      else if (prune && (ofApi || !isMadeByApi(row))) matched.pruned.push(row);
      else matched.stored.push(free(row));
    } else if (want && !taken.has(name)) {
      // A deleted row comes back, unless another row has its name.
      taken.add(name);
      matched.stored.push({ ...row, ...inFiles(want.key, null) });
    } else {
      matched.stored.push(keys.has(row.manifestKey) ? free(row) : row);
    }
  }
  return matched;
}

/**
 * The digest of the manifest's item if the row already has its values; else null, so that the item is
 * applied.
 */
function digestIfSame<Data>(row: StoredRow, want: ImportedRow<Data>): string | null {
  const isSame =
    row.manifestKey === want.key &&
    Object.entries(want.data as object).every(
      ([column, value]) =>
        want.initial?.includes(column as keyof Data) === true ||
        isDeepStrictEqual(Reflect.get(row, column), value),
    );
  return isSame ? digestOf(want.definition, want.target.definition) : null;
}
