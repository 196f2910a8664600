import { quotedName, tablesOf, type Tx } from './tables.ts';

/** Rows that are read at a time. */
const pageSize = 500;

/** The rows of a table, each as JSON in one line. */
export interface RowsOfTable {
  table: string;
  rows: AsyncIterable<string>;
}

/** Reads all rows of all tables. Nobody else's changes are seen when the transaction is REPEATABLE READ. */
export async function* readRows(tx: Tx): AsyncGenerator<RowsOfTable> {
  for (const table of await tablesOf(tx)) yield { table, rows: rowsOf(tx, table) };
}

async function* rowsOf(tx: Tx, table: string): AsyncGenerator<string> {
  await tx.$executeRawUnsafe(
    `DECLARE rows_to_keep NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${quotedName(table)} AS t`,
  );
  for (;;) {
    const page = await tx.$queryRawUnsafe<{ line: string }[]>(`FETCH ${pageSize} FROM rows_to_keep`);
    for (const { line } of page) yield line;
    if (page.length < pageSize) break;
  }
  await tx.$executeRawUnsafe('CLOSE rows_to_keep');
}
