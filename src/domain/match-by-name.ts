import { isDeepStrictEqual } from 'node:util';
import type { RowChange } from '../store/import.ts';
import { digestOf, type ImportedRow, type Marks, type StoredRow } from './sync-rows.ts';

/** How a manifest is taken for the truth. */
export interface Match {
  /** Whether to delete what the manifest does not have; else it stays, as if it had been made through the API. */
  prune: boolean;
}

/**
 * Rows as `syncRows` is to see them when the manifest is the truth: each belongs to what the manifest calls by the
 * row's present name, and has to be brought in line unless it says the same already.
 *
 * @returns the rows, and the changes that free those which stay although the manifest does not have them
 */
export function matchByName<Named extends object, Data extends Named, Row extends StoredRow & Named>(
  {
    stored,
    wanted,
    nameOf,
  }: {
    stored: readonly Row[];
    wanted: readonly ImportedRow<Data>[];
    nameOf: (row: Named) => string;
  },
  { prune }: Match,
): { stored: Row[]; freed: RowChange<Partial<Data & Marks>>[] } {
  const wantedByName = new Map(wanted.map((want) => [nameOf(want.data), want]));
  const keys = new Set(wanted.map(({ key }) => key));
  const taken = new Set(stored.filter(({ deleteTime }) => deleteTime === null).map(nameOf));
  const freed: RowChange<Partial<Data & Marks>>[] = [];
  const free = (row: Row): Row => {
    const marks: Partial<Marks> = { manifestKey: null, manifestDigest: null };
    if (row.manifestKey !== null) freed.push({ id: row.id, data: marks as Partial<Data & Marks> });
    return { ...row, ...marks };
  };
  const rows = stored.map((row): Row => {
    const name = nameOf(row);
    const want = wantedByName.get(name);
    if (row.deleteTime !== null) {
      // One that was deleted comes back, unless another one has its name.
      if (want && !taken.has(name)) {
        taken.add(name);
        return { ...row, manifestKey: want.key, manifestDigest: '' };
      }
      return keys.has(row.manifestKey ?? '') ? free(row) : row;
    }
    if (want) {
      const isSame =
        row.manifestKey === want.key &&
        Object.entries(want.data as object).every(([column, value]) =>
          isDeepStrictEqual(Reflect.get(row, column), value),
        );
      const digest = digestOf(want.definition, want.target.definition);
      return { ...row, manifestKey: want.key, manifestDigest: isSame ? digest : '' };
    }
    return prune ? { ...row, manifestKey: ` ${row.id}`, manifestDigest: '' } : free(row);
  });
  return { stored: rows, freed };
}
