import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createGunzip, createGzip } from 'node:zlib';
import { finished } from 'node:stream/promises';
import { isObject } from '../lib/is-object.ts';
import type { MigrationMark } from '../store/backup/backup.ts';
import type { RowsOfTable } from '../store/backup/read-rows.ts';

// The file is JSON in lines, compressed by gzip. Lines that begin with # say what follows; all others are rows. The first
// line says what the file is, the last one how many rows each table has: without it, the file is not whole.

/** What the first line says. */
export interface Header {
  format: typeof format;
  /** The version of the program that has written it. */
  version: string;
  createdAt: string;
  migrations: MigrationMark[];
}

const format = 'meltano-graphql-backup-1';

/** What there is of a table. */
export interface Content {
  table: string;
  rows: number;
  /** The sum of the digests of the rows, in whatever order these are. */
  digest: string;
}

/** The file is no backup, or not as it was written. */
export class BackupDamaged extends Error {
  override name = 'BackupDamaged';

  constructor(reason: string, cause?: unknown) {
    super(`The file is not a whole backup: ${reason}.`, { cause });
  }
}

/** Adds up what there is of each table. */
export class Sum {
  readonly #contents = new Map<string, { rows: number; digest: bigint }>();

  begin(table: string): void {
    this.#contents.set(table, { rows: 0, digest: 0n });
  }

  add(table: string, line: string): void {
    const content = this.#contents.get(table);
    if (!content) throw new BackupDamaged(`a row has no table before it (${table})`);
    content.rows += 1;
    const digest = createHash('sha256').update(line).digest().readBigUInt64BE();
    content.digest = BigInt.asUintN(64, content.digest + digest);
  }

  contents(): Content[] {
    return [...this.#contents].map(([table, { rows, digest }]) => ({
      table,
      rows,
      digest: digest.toString(16).padStart(16, '0'),
    }));
  }
}

/** Adds up rows that are read. */
export async function sumOf(tables: AsyncIterable<RowsOfTable>): Promise<Content[]> {
  const sum = new Sum();
  for await (const { table, rows } of tables) {
    sum.begin(table);
    for await (const line of rows) sum.add(table, line);
  }
  return sum.contents();
}

/** Writes rows to a new file, which only its owner can read, and returns when they are on the disk. */
export async function writeArchive(
  path: string,
  header: Omit<Header, 'format'>,
  tables: AsyncIterable<RowsOfTable>,
): Promise<Content[]> {
  const gzip = createGzip();
  const file = gzip.pipe(createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  file.on('error', (error) => gzip.destroy(error));
  const write = async (line: string): Promise<void> => {
    if (!gzip.write(`${line}\n`)) await once(gzip, 'drain');
  };
  const sum = new Sum();
  try {
    await write(`#${JSON.stringify({ format, ...header })}`);
    for await (const { table, rows } of tables) {
      sum.begin(table);
      await write(`#${JSON.stringify({ table })}`);
      for await (const line of rows) {
        sum.add(table, line);
        await write(line);
      }
    }
    await write(`#${JSON.stringify({ contents: sum.contents() })}`);
    gzip.end();
    await finished(file);
    return sum.contents();
  } catch (error) {
    gzip.destroy();
    file.destroy();
    throw error;
  }
}

/** What a file holds, as it is read. */
export interface Archive {
  header: Header;
  rows: AsyncGenerator<{ table: string; line: string }, Content[]>;
}

/** Opens a backup. Whether it is whole shows when all of its rows were read. @throws BackupDamaged */
export async function openArchive(path: string): Promise<Archive> {
  const lines = linesOf(path);
  const first = await lines.next();
  const header = first.done === true ? null : control(first.value);
  if (header?.format !== format) throw new BackupDamaged('it does not begin like one');
  return { header: header as unknown as Header, rows: rowsIn(lines) };
}

/** Reads a whole file. @throws BackupDamaged */
export async function checkArchive(path: string): Promise<{ header: Header; contents: Content[] }> {
  const { header, rows } = await openArchive(path);
  for (;;) {
    const next = await rows.next();
    if (next.done === true) return { header, contents: next.value };
  }
}

async function* rowsIn(lines: AsyncIterator<string>): Archive['rows'] {
  const sum = new Sum();
  let table = '';
  for (;;) {
    const next = await lines.next();
    if (next.done === true) throw new BackupDamaged('its end is missing');
    const line = next.value;
    if (!line.startsWith('#')) {
      sum.add(table, line);
      yield { table, line };
      continue;
    }
    const said = control(line);
    if (typeof said?.table === 'string') {
      table = said.table;
      sum.begin(table);
    } else if (Array.isArray(said?.contents)) {
      const contents = sum.contents();
      if (JSON.stringify(said.contents) !== JSON.stringify(contents))
        throw new BackupDamaged('its rows are not those that were written');
      return contents;
    } else throw new BackupDamaged('a line in it says nothing');
  }
}

function control(line: string): Record<string, unknown> | null {
  try {
    const said: unknown = JSON.parse(line.slice(1));
    return line.startsWith('#') && isObject(said) ? said : null;
  } catch {
    return null;
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const text = source.pipe(createGunzip());
  source.on('error', (error) => text.destroy(error));
  text.setEncoding('utf8');
  let parts: string[] = [];
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const [first = '', ...others] = chunk.split('\n');
      parts.push(first);
      for (const other of others) {
        yield parts.join('');
        parts = [other];
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') !== true) throw error;
    throw new BackupDamaged('it cannot be decompressed', error);
  } finally {
    source.destroy();
  }
}
