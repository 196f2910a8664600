import type { PGlite } from '@electric-sql/pglite';
import { serialize } from 'pg-protocol';
import type { Send } from './sql.ts';
import { statementNames } from './statement-names.ts';

/**
 * Sends statements to PGlite, prepared when they come again: its own `query` parses and plans each one anew, and
 * enters the WebAssembly five times for it, which takes two thirds of the time of a page.
 */
export function sendToPglite(pglite: PGlite): Send {
  const nameOf = statementNames();
  const prepared = new Set<string>();
  return async (text, values) => {
    const name = nameOf(text);
    if (name === undefined) return (await pglite.query<Record<string, unknown>>(text, [...values])).rows;
    // Out of the way of transactions, as PGlite's `query` is.
    const { messages } = await pglite._runExclusiveTransaction(() =>
      pglite._runExclusiveQuery(() =>
        pglite.execProtocol(
          Buffer.concat([
            ...(prepared.has(name) ? [] : [serialize.parse({ name, text })]),
            serialize.bind({ statement: name, values: values.map(textOf) }),
            serialize.describe({ type: 'P' }),
            serialize.execute(),
            serialize.sync(),
          ]),
          { throwOnError: false },
        ),
      ),
    );
    if (messages.some((message) => message.name === 'parseComplete')) prepared.add(name);
    return rowsOf(pglite, messages);
  };
}

type Messages = Awaited<ReturnType<PGlite['execProtocol']>>['messages'];

function rowsOf(pglite: PGlite, messages: Messages): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  let columns: { name: string; dataTypeID: number }[] = [];
  for (const message of messages) {
    if (message.name === 'error') throw message as unknown as Error;
    if (message.name === 'rowDescription')
      ({ fields: columns } = message as unknown as { fields: typeof columns });
    if (message.name !== 'dataRow') continue;
    const { fields } = message as unknown as { fields: (string | null)[] };
    const row: Record<string, unknown> = {};
    columns.forEach(({ name, dataTypeID }, i) => {
      const text = fields[i] ?? null;
      const parse = pglite.parsers[dataTypeID];
      row[name] = text === null || !parse ? text : parse(text, dataTypeID);
    });
    rows.push(row);
  }
  return rows;
}

/** A value as PostgreSQL reads it; an array as its literal. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map(elementOf).join()}}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function elementOf(value: unknown): string {
  const text = textOf(value);
  return text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
