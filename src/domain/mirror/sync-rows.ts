import { createHash } from 'node:crypto';
import type { Finding, Location } from '../../manifest/manifest.ts';
import type { ImportedTable } from '../../store/lifecycle/row-origin.ts';
import { changing, insertion, type RowChange, type RowWrite } from '../../store/mirror/row-writes.ts';
import {
  broughtBack,
  droppedFromFiles,
  inFiles,
  isInFiles,
  isMadeByApi,
  madeByApi,
  type RowOrigin,
} from '../lifecycle/row-origin.ts';

/** A row for an item of a project's files. */
export interface ImportedRow<Data> {
  /** Its key in the files, unique among its type. */
  key: string;
  /** Its name in messages, such as `job "nightly" of the environment "dev"`. */
  label: string;
  location: Location;
  /** What the files say about it. It must not depend on the store, because imports are compared by it. */
  definition: unknown;
  data: Data;
  /** Columns with its name and parents. After the row was created, only the API changes them. */
  place: readonly (keyof Data)[];
  /** Columns that are set when the row is created, and that only the API changes afterwards. */
  initial?: readonly (keyof Data)[];
  /**
   * Columns that the API can change too. The files change them only when this part of the definition has
   * changed.
   */
  target: { definition: unknown; columns: readonly (keyof Data)[] };
  /** Why it cannot be imported now; null when it can. If it cannot, the stored row stays as it is. */
  problem: string | null;
  /** Whether its parent was deleted through the API. Then it is neither created nor brought back. */
  isOrphan: boolean;
}

/** The columns that are needed to match a stored row with the files. */
export interface StoredRow extends RowOrigin {
  id: string;
}

type Change<Data> = RowChange<Partial<Data & RowOrigin>>;

/** The rows of one type: stored rows, and rows that the files want. */
export interface RowKind<Named, Data extends Named> {
  table: ImportedTable;
  stored: readonly (StoredRow & Named)[];
  /** Other rows to delete, wherever they come from. */
  pruned: readonly (StoredRow & Named)[];
  wanted: readonly ImportedRow<Data>[];
  /** The row's name. Two rows that exist never have the same. */
  nameOf: (row: Named) => string;
  /** The time of deletions, as JSON. */
  now: string;
}

type NewRow<Data> = Data & RowOrigin & { manifestKey: string };

/** What an import did with the rows of all types, and what it could not do. */
export interface SyncReport {
  created: number;
  updated: number;
  deleted: number;
  findings: Finding[];
}

/** The state of an import of one type: what is known of the rows, and the changes to write. */
interface Sync<Named, Data extends Named> {
  report: SyncReport;
  nameOf: (row: Named) => string;
  /** The time as JSON. */
  now: string;
  /** The stored rows by their key. */
  known: ReadonlyMap<string, StoredRow & Named>;
  /** The row that has a name; null for a row that will be created. */
  named: Map<string, (StoredRow & Named) | null>;
  /** The rows that exist, by their key. */
  rows: Map<string, Named & { id: string }>;
  /** Changes that free names. They are written before changes that use these names. */
  freeing: Change<Data>[];
  changes: Change<Data>[];
  missing: NewRow<Data>[];
}

/**
 * Brings the rows of one type in line with the files. A row whose definition has not changed since the last
 * import stays as it is, with all changes made through the API, even if it is deleted. A row that the files
 * do not have any more is deleted; when it appears there again, it comes back with its id. When the API has
 * given a name to another row, that row keeps the name, and the item of the files with that name is left out,
 * with a finding.
 *
 * @returns the rows that will exist, by their key, and what is to be written for that, in this order
 */
export function syncRows<Named extends object, Data extends Named>(
  report: SyncReport,
  { table, stored, pruned, wanted, nameOf, now }: RowKind<Named, Data>,
): { rows: Map<string, Named & { id: string }>; writes: RowWrite[] } {
  const sync: Sync<Named, Data> = {
    report,
    nameOf,
    now,
    known: new Map(stored.flatMap((row) => (row.manifestKey === null ? [] : [[row.manifestKey, row]]))),
    named: new Map(stored.filter((row) => row.deletedAt === null).map((row) => [nameOf(row), row])),
    rows: new Map(),
    freeing: [],
    changes: [],
    missing: [],
  };
  // Deletions come first. They free names that the files do not use any more.
  const keys = new Set<string | null>(wanted.map(({ key }) => key));
  const gone = stored.filter((row) => isInFiles(row) && !keys.has(row.manifestKey));
  for (const row of gone) deleteRow(sync, row, droppedFromFiles(row));
  for (const row of pruned) {
    // From now on another row has its key.
    const isFree = isMadeByApi(row) || keys.has(row.manifestKey);
    deleteRow(sync, row, isFree ? madeByApi : droppedFromFiles(row));
  }
  for (const want of wanted) syncRow(sync, want);

  const { freeing, changes, missing, rows } = sync;
  const created = insertion(table, missing);
  for (const row of created.rows) rows.set(row.manifestKey, row);
  return { rows, writes: [...changing(table, freeing), ...changing(table, changes), ...created.writes] };
}

function deleteRow<Named, Data extends Named>(
  { report, nameOf, now, named, freeing }: Sync<Named, Data>,
  row: StoredRow & Named,
  origin: Partial<RowOrigin>,
): void {
  freeing.push(changeOf(row, { ...origin, deletedAt: row.deletedAt ?? now }));
  if (row.deletedAt !== null) return;
  named.delete(nameOf(row));
  report.deleted++;
}

/** Decides what to do for one row that the files want. */
function syncRow<Named extends object, Data extends Named>(
  sync: Sync<Named, Data>,
  want: ImportedRow<Data>,
): void {
  const { report, nameOf, named, rows } = sync;
  const { key, data } = want;
  const own = sync.known.get(key);
  const digest = digestOf(want.definition, want.target.definition);
  const exists = own?.deletedAt === null;
  if (exists) rows.set(key, own);
  if (want.isOrphan && !exists) return;
  if (own?.manifestDigest === digest) return;
  // What a row that was there, deleted or made through the API, takes over of the definition.
  const columns = exists ? changesOf(want, own, digest) : without(data, want.initial ?? []);
  const namesake = named.get(nameOf({ ...own, ...columns } as Named));
  // A row that was made through the API, with a name that no definition had, now belongs to the file.
  const adopted = !exists && namesake && isMadeByApi(namesake) ? namesake : null;
  const isFree = namesake === undefined || (namesake !== null && namesake === (adopted ?? own));
  if (want.problem !== null || !isFree) {
    const problem = want.problem ?? 'its name was given to another one';
    const message = `The ${want.label} cannot be imported as it is here: ${problem}.`;
    report.findings.push({ ...want.location, message });
    return;
  }
  const origin = { ...inFiles(key, digest), ...broughtBack };
  if (adopted && own) sync.changes.push(changeOf(own, madeByApi));
  const before = adopted ?? own;
  if (before) {
    changeRow(sync, key, before, { ...columns, ...origin });
  } else {
    sync.missing.push({ ...data, ...origin });
    named.set(nameOf(data), null);
    report.created++;
  }
}

/** Changes a row into the row that the files have under a key. */
function changeRow<Named extends object, Data extends Named>(
  { report, nameOf, now, named, rows, freeing, changes }: Sync<Named, Data>,
  key: string,
  before: StoredRow & Named,
  columns: Partial<Data> & RowOrigin,
): void {
  const after: StoredRow & Named = { ...before, ...columns };
  if (before.deletedAt === null) {
    named.delete(nameOf(before));
    // Names are unique at every moment. When two rows exchange their names, one of them must lose its name
    // first.
    if (nameOf(before) !== nameOf(after)) freeing.push(changeOf(before, { deletedAt: now }));
  }
  changes.push(changeOf(before, columns));
  rows.set(key, after);
  named.set(nameOf(after), after);
  report.updated++;
}

function changeOf<Data>({ id }: StoredRow, data: object): Change<Data> {
  return { id, data: data };
}

/** The columns of an existing row that the files change. */
function changesOf<Data>(
  want: ImportedRow<Data>,
  { manifestDigest }: StoredRow,
  digest: string,
): Partial<Data> {
  const { data, place, target, initial = [] } = want;
  const sameTarget = targetIn(manifestDigest ?? '') === targetIn(digest);
  return without(data, [...place, ...initial, ...(sameTarget ? target.columns : [])]);
}

function without<Data>(data: Data, columns: readonly (keyof Data)[]): Partial<Data> {
  const left = new Set<PropertyKey>(columns);
  return Object.fromEntries(
    Object.entries(data as object).filter(([column]) => !left.has(column)),
  ) as Partial<Data>;
}

/** The digest of a definition: two parts, so that a change of the target can be told from other changes. */
export function digestOf(definition: unknown, target: unknown): string {
  return [definition, target]
    .map((value) => createHash('sha256').update(JSON.stringify(value)).digest('hex'))
    .join(' ');
}

function targetIn(digest: string): string | undefined {
  return digest.split(' ')[1];
}
