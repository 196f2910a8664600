import { quotedName, tablesOf, type Tx } from './tables.ts';

/** Rows that are read at a time: at most so many, and about so many characters. The first ones show how long they are. */
const page = { first: 10, rows: 1000, letters: 1_000_000 } as const;

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
  for (let size: number = page.first, isOver = false; !isOver;) {
    const rows = await tx.$queryRawUnsafe<{ line: string }[]>(`FETCH ${size} FROM rows_to_keep`);
    isOver = rows.length < size;
    let letters = 0;
    for (const { line } of rows) {
      letters += line.length;
      yield line;
    }
    const fitting = Math.ceil((page.letters * rows.length) / letters);
    size = Math.min(fitting, 4 * size, page.rows);
  }
  await tx.$executeRawUnsafe('CLOSE rows_to_keep');
}
