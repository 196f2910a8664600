import { newId } from '../../lib/uuid.ts';
import type { ImportedTable } from '../lifecycle/row-origin.ts';

/** New values for columns of a row. */
export interface RowChange<Data = object> {
  id: string;
  data: Data;
}

/** Rows to write in one statement: they have values for the same columns. */
export interface RowWrite {
  kind: 'INSERT' | 'UPDATE';
  table: ImportedTable;
  columns: readonly string[];
  /** The rows as JSON text, which a thread can make. */
  rows: string;
}

/** The insertion of rows, which must all have the same columns. @returns also the rows with their ids */
export function insertion<Data extends object>(
  table: ImportedTable,
  data: readonly Data[],
): { writes: RowWrite[]; rows: (Data & { id: string })[] } {
  const rows = data.map((row) => ({ id: newId(), ...row }));
  const columns = columnsOf(rows[0] ?? {});
  return { writes: partsOf(rows).map((part) => ({ kind: 'INSERT', table, columns, rows: part })), rows };
}

/** The changes of rows: at least a write for each set of columns. */
export function changing(table: ImportedTable, changes: readonly RowChange[]): RowWrite[] {
  const groups = new Map<string, RowChange[]>();
  for (const change of changes) {
    const key = columnsOf(change.data).sort().join();
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].flatMap((group) => {
    const columns = columnsOf(group[0]?.data ?? {});
    const rows = group.map(({ id, data }) => ({ ...data, id }));
    return partsOf(rows).map((part): RowWrite => ({ kind: 'UPDATE', table, columns, rows: part }));
  });
}

/** The most rows of a statement: Prisma copies its values more than once, and nobody is served meanwhile. */
const mostRows = 2000;

/** Rows as JSON texts, one for each statement. */
function partsOf(rows: readonly object[]): string[] {
  const parts = Math.ceil(rows.length / mostRows);
  return Array.from({ length: parts }, (_, i) =>
    JSON.stringify(rows.slice(i * mostRows, (i + 1) * mostRows)),
  );
}

function columnsOf(data: object): string[] {
  return Object.entries(data).flatMap(([column, value]) => (value === undefined ? [] : [column]));
}
