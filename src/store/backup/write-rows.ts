import { quotedName, tablesOf, type Tx } from './tables.ts';

/** A row of the catalog for a foreign key. */
interface ForeignKey {
  table: string;
  name: string;
  definition: string;
}

/** Bytes of rows that are written with one statement, unless one row alone has more. */
const batchBytes = 1_000_000;

/**
 * Begins to write rows into empty tables, in the order in which they come: no trigger adds to them, and foreign keys are
 * checked at the end.
 */
export async function beginRows(tx: Tx): Promise<RowWriter> {
  const tables = await tablesOf(tx);
  const keys = await tx.$queryRawUnsafe<ForeignKey[]>(
    `SELECT c.conrelid::regclass::text AS "table", quote_ident(c.conname) AS name, pg_get_constraintdef(c.oid) AS definition
     FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
     WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 2`,
  );
  for (const { table, name } of keys)
    await tx.$executeRawUnsafe(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const table of tables)
    await tx.$executeRawUnsafe(`ALTER TABLE ${quotedName(table)} DISABLE TRIGGER USER`);
  return new RowWriter(tx, tables, keys);
}

/** The backup names a table that the database does not have. */
export class UnknownTable extends Error {
  override name = 'UnknownTable';
}

export class RowWriter {
  readonly #tx: Tx;
  readonly #tables: readonly string[];
  readonly #keys: readonly ForeignKey[];
  #table = '';
  #lines: string[] = [];
  #bytes = 0;

  constructor(tx: Tx, tables: readonly string[], keys: readonly ForeignKey[]) {
    [this.#tx, this.#tables, this.#keys] = [tx, tables, keys];
  }

  /** @throws UnknownTable */
  async write(table: string, line: string): Promise<void> {
    if (table !== this.#table || this.#bytes > batchBytes) await this.#flush();
    this.#table = table;
    this.#lines.push(line);
    this.#bytes += line.length;
  }

  /** Writes what is left, and brings triggers and foreign keys back, which are checked then. */
  async end(): Promise<void> {
    await this.#flush();
    for (const table of this.#tables)
      await this.#tx.$executeRawUnsafe(`ALTER TABLE ${quotedName(table)} ENABLE TRIGGER USER`);
    for (const { table, name, definition } of this.#keys)
      await this.#tx.$executeRawUnsafe(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }

  async #flush(): Promise<void> {
    const [table, lines] = [this.#table, this.#lines];
    [this.#lines, this.#bytes] = [[], 0];
    if (lines.length === 0) return;
    if (!this.#tables.includes(table)) throw new UnknownTable(table);
    const name = quotedName(table);
    await this.#tx.$executeRawUnsafe(
      `INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1::json)`,
      `[${lines.join(',')}]`,
    );
  }
}
