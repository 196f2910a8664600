import { createHash } from 'node:crypto';
import type { Finding, Location } from '../manifest/manifest.ts';
import type { RowChange } from '../store/import.ts';

/** A row that stands for something in a project's files. */
export interface ImportedRow<Data> {
  /** What it is called there, unique among its kind. */
  key: string;
  /** What messages call it, such as `job "nightly" of the environment "dev"`. */
  label: string;
  location: Location;
  /** What the files say of it, and nothing that depends on the store: two imports are compared by it. */
  definition: unknown;
  data: Data;
  /** Columns that say where it is: once it is there, the API alone changes them. */
  place: readonly (keyof Data)[];
  /** Columns that the API changes too, and the files only when this part of the definition changes. */
  target: { definition: unknown; columns: readonly (keyof Data)[] };
  /** Why it cannot be imported now; null when it can. What is stored of it then stays as it is. */
  problem: string | null;
  /** Whether what it belongs to was deleted through the API: then it is neither made nor brought back. */
  isOrphan: boolean;
}

/** The columns by which a stored row is matched with what the files say. */
export interface StoredRow {
  id: string;
  manifestKey: string | null;
  manifestDigest: string | null;
  deleteTime: Date | null;
}

export type Marks = Pick<StoredRow, 'manifestKey' | 'manifestDigest' | 'deleteTime'>;

/** The rows of one kind: those that are there, those that the files want, and how to write them. */
export interface RowKind<Named, Data extends Named> {
  stored: readonly (StoredRow & Named)[];
  wanted: readonly ImportedRow<Data>[];
  /** The natural name: no two rows that exist have the same. */
  nameOf: (row: Named) => string;
  create: (rows: (Data & Marks)[]) => Promise<(Data & Marks & { id: string })[]>;
  change: (changes: RowChange<Partial<Data & Marks>>[]) => Promise<void>;
}

/** What an import did, in rows of all kinds, and what it could not do. */
export interface SyncReport {
  created: number;
  updated: number;
  deleted: number;
  findings: Finding[];
}

/**
 * Brings the rows of one kind in line with the files. A row whose definition has not changed since the
 * last import is left alone, with all that the API has changed in it, its deletion included. One that is
 * gone from the files is deleted, and comes back with its id when it comes back there. A name that the API
 * has given to another row stays with that row, and what the files call so is left out, with a finding.
 *
 * The rows are written at the end, many at a time.
 *
 * @returns the rows that exist, by their key
 */
export async function syncRows<Named extends object, Data extends Named>(
  report: SyncReport,
  kind: RowKind<Named, Data>,
): Promise<Map<string, Named & { id: string }>> {
  type Row = StoredRow & Named;
  type Change = RowChange<Partial<Data & Marks>>;
  const { stored, wanted, nameOf, create, change } = kind;
  const rows = new Map<string, Named & { id: string }>();
  const known = new Map(stored.flatMap((row) => (row.manifestKey === null ? [] : [[row.manifestKey, row]])));
  /** Which row has a name; null for one that is about to be created. */
  const named = new Map<string, Row | null>(
    stored.filter((row) => row.deleteTime === null).map((row) => [nameOf(row), row]),
  );
  /** Changes that make names free, to be written before those that take names. */
  const freeing: Change[] = [];
  const changes: Change[] = [];
  const now = new Date();

  // Deletions come first, so that names which the files no longer use are free.
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, row] of known) {
    if (keys.has(key) || row.manifestDigest === null) continue;
    // Without its digest the row is changed, hence restored, should the files name it again.
    const marks: Partial<Marks> = { manifestDigest: null, deleteTime: row.deleteTime ?? now };
    freeing.push({ id: row.id, data: marks as Change['data'] });
    if (row.deleteTime !== null) continue;
    named.delete(nameOf(row));
    report.deleted++;
  }

  const missing: (Data & Marks)[] = [];
  for (const want of wanted) {
    const { key, data } = want;
    const own = known.get(key);
    const digest = digestOf(want.definition, want.target.definition);
    const marks = { manifestKey: key, manifestDigest: digest, deleteTime: null };
    const exists = own?.deleteTime === null;
    if (exists) rows.set(key, own);
    if (want.isOrphan && !exists) continue;
    if (own?.manifestDigest === digest) continue;
    const columns = exists ? changesOf(want, own, digest) : data;
    const namesake = named.get(nameOf({ ...own, ...columns } as Named));
    // One made through the API, under a name that no definition had, is the file's from now on.
    const adopted = !exists && namesake?.manifestKey === null ? namesake : null;
    const isFree = namesake === undefined || (namesake !== null && namesake === (adopted ?? own));
    if (want.problem !== null || !isFree) {
      const problem = want.problem ?? 'its name was given to another one';
      const message = `The ${want.label} cannot be imported as it is here: ${problem}.`;
      report.findings.push({ ...want.location, message });
    } else if (own || adopted) {
      if (adopted && own) changes.push({ id: own.id, data: { manifestKey: null } as Change['data'] });
      const before = adopted ?? (own as Row);
      const after: Row = { ...before, ...columns, ...marks };
      if (exists) named.delete(nameOf(own));
      // Names are unique at any moment: rows that exchange theirs must not both have one for a while.
      if (exists && nameOf(own) !== nameOf(after))
        freeing.push({ id: own.id, data: { deleteTime: now } as Change['data'] });
      changes.push({ id: before.id, data: { ...columns, ...marks } as Change['data'] });
      rows.set(key, after);
      named.set(nameOf(after), after);
      report.updated++;
    } else {
      missing.push({ ...data, ...marks });
      named.set(nameOf(data), null);
      report.created++;
    }
  }
  if (freeing.length > 0) await change(freeing);
  if (changes.length > 0) await change(changes);
  if (missing.length > 0) for (const row of await create(missing)) rows.set(row.manifestKey ?? '', row);
  return rows;
}

/** What the files change in a row that exists. */
function changesOf<Data>(
  want: ImportedRow<Data>,
  { manifestDigest }: StoredRow,
  digest: string,
): Partial<Data> {
  const { data, place, target } = want;
  const sameTarget = targetIn(manifestDigest ?? '') === targetIn(digest);
  const kept = new Set<PropertyKey>([...place, ...(sameTarget ? target.columns : [])]);
  return Object.fromEntries(
    Object.entries(data as object).filter(([column]) => !kept.has(column)),
  ) as Partial<Data>;
}

/** The digest of a definition. Two in one, so that a changed target can be told from any other change. */
export function digestOf(definition: unknown, target: unknown): string {
  return [definition, target]
    .map((value) => createHash('sha256').update(JSON.stringify(value)).digest('hex'))
    .join(' ');
}

function targetIn(digest: string): string | undefined {
  return digest.split(' ')[1];
}
