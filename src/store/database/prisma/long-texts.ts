import { randomUUID } from 'node:crypto';
import type { SqlQuery } from '@prisma/driver-adapter-utils';
import { sql, type Sql } from '../../../lib/sql.ts';
import type { Prisma } from '../../generated/client.ts';

// Prisma writes the values of each raw statement as JSON, reads them back, and keeps those of the last statements: for
// a text of five megabytes that keeps the event loop for a tenth of a second. So a long text goes past it: Prisma gets
// a short text that stands for it, and the driver adapter puts the long one back.

/** Characters from which on a text goes past Prisma. */
const longText = 20_000;

/** The long texts of statements that are under way, by what stands for each. */
const underWay = new Map<string, string>();

/** Prisma's client or a transaction of it, whose raw statements may have long texts as values. */
export function passLongTexts<Db extends Prisma.TransactionClient>(db: Db): Db {
  const raw = {
    $queryRaw: (...statement: RawStatement) => passing(statement, (one) => db.$queryRaw(one)),
    $executeRaw: (...statement: RawStatement) => passing(statement, (one) => db.$executeRaw(one)),
  };
  return new Proxy(db, {
    get: (target, name) =>
      name in raw ? raw[name as keyof typeof raw] : (Reflect.get(target, name) as unknown),
  });
}

/** SQL, or what a tagged template gets. */
type RawStatement = [statement: Sql | readonly string[], ...values: unknown[]];

async function passing<T>(
  [statement, ...values]: RawStatement,
  send: (statement: Sql) => Promise<T>,
): Promise<T> {
  const whole = 'sql' in statement ? statement : sql(statement, ...values);
  const standIns: string[] = [];
  const standIn = (text: string): string => {
    const id = `long text ${randomUUID()}`;
    standIns.push(id);
    underWay.set(id, text);
    return id;
  };
  const short = whole.values.map((value) =>
    typeof value === 'string' && value.length > longText ? standIn(value) : value,
  );
  if (standIns.length === 0) return send(whole);
  try {
    return await send(sql(whole.strings, ...short));
  } finally {
    for (const id of standIns) underWay.delete(id);
  }
}

/** A statement with the long texts in place of what stands for them. */
export function withLongTexts(query: SqlQuery): SqlQuery {
  if (underWay.size === 0) return query;
  const args = query.args.map((arg) => (typeof arg === 'string' ? (underWay.get(arg) ?? arg) : arg));
  return { ...query, args };
}
