import { EventEmitter } from 'node:events';
import pg from 'pg';
import { parse, serialize } from 'pg-protocol';

/** A statement that is sent by messages of the wire protocol, and who waits for it. */
export interface Order {
  text: string;
  values: readonly unknown[];
  /** What it is prepared as; empty when it is not. */
  name: string;
  resolve: (rows: Record<string, unknown>[]) => void;
  reject: (error: unknown) => void;
}

/**
 * The messages that have a statement executed. The `Sync` at their end makes it a transaction, and keeps its error
 * from the next one.
 */
export function messagesOf({ text, values, name }: Order, isPrepared: boolean): Buffer[] {
  return [
    ...(isPrepared ? [] : [serialize.parse({ name, text })]),
    serialize.bind({ statement: name, values: values.map(textOf) }),
    serialize.describe({ type: 'P' }),
    serialize.execute(),
    serialize.sync(),
  ];
}

interface Column {
  name: string;
  dataTypeID: Parameters<typeof pg.types.getTypeParser>[0];
}

interface Message {
  name: string;
  fields?: Column[] | (string | null)[];
}

/**
 * Reads the answers to a batch of statements, and gives each to whoever waits for it.
 *
 * @param onPrepared called with an order whose statement is prepared from now on
 * @param onNotification called with each notification that came along
 */
export function readAnswers(
  answer: Uint8Array,
  batch: readonly Order[],
  {
    onPrepared,
    onNotification,
  }: { onPrepared: (order: Order) => void; onNotification: (message: object) => void },
): void {
  let place = 0;
  let rows: Record<string, unknown>[] = [];
  let columns: { name: string; read: (text: string) => unknown }[] = [];
  let error: Message | null = null;
  const read = (message: Message): void => {
    if (message.name === 'notification') onNotification(message);
    const order = batch[place];
    if (!order) return;
    switch (message.name) {
      case 'parseComplete':
        onPrepared(order);
        break;
      case 'rowDescription':
        columns = (message.fields as Column[]).map(({ name, dataTypeID }) => ({
          name,
          read: pg.types.getTypeParser(dataTypeID) as (text: string) => unknown,
        }));
        break;
      case 'dataRow':
        rows.push(rowOf(columns, message.fields as (string | null)[]));
        break;
      case 'error':
        error = message;
        break;
      case 'readyForQuery':
        if (error) order.reject(error);
        else order.resolve(rows);
        place += 1;
        [rows, columns, error] = [[], [], null];
    }
  };
  const bytes = new EventEmitter();
  void parse(bytes as unknown as NodeJS.ReadableStream, (message) => read(message));
  bytes.emit('data', Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
  for (const { reject } of batch.slice(place)) reject(new Error('The embedded PostgreSQL gave no answer.'));
}

function rowOf(
  columns: readonly { name: string; read: (text: string) => unknown }[],
  cells: readonly (string | null)[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach(({ name, read }, i) => {
    const text = cells[i] ?? null;
    row[name] = text === null ? null : read(text);
  });
  return row;
}

/** A value in PostgreSQL's text format; arrays become array literals. */
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
