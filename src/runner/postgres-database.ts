import { Client } from 'pg';
import type { RunQueries } from './system-database.ts';

/** Longest times to connect, and for one statement, in milliseconds. */
const timeouts = { connect: 10_000, statement: 60_000 };

/** Rows that are fetched at a time. */
const batchSize = 1000;

/**
 * What a run's `payload` says went wrong, as JSON: the last entry of the object, as Meltano writes
 * it. It is not read as JSON here, since Python writes numbers, such as NaN, which PostgreSQL refuses.
 */
export const postgresError = `substring(payload FROM '"error": ("(?:[^"\\\\]|\\\\.)*")\\}$')`;

/** Reads a PostgreSQL database, in a read-only transaction. What runs queries throws what the driver throws. */
export function postgresServer(url: string): RunQueries {
  return async function* (queries) {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: timeouts.connect,
      statement_timeout: timeouts.statement,
      query_timeout: timeouts.statement,
      application_name: 'meltano-graphql',
    });
    // Without a listener, a connection that breaks would end the process; the query fails as well.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (const [query, text] of queries.entries()) {
        await client.query(`DECLARE found NO SCROLL CURSOR FOR ${text}`);
        for (;;) {
          const { rows } = await client.query<unknown[]>({
            text: `FETCH ${batchSize} FROM found`,
            rowMode: 'array',
          });
          for (const row of rows) yield { query, row };
          if (rows.length < batchSize) break;
        }
        await client.query('CLOSE found');
      }
      await client.query('COMMIT');
    } finally {
      await client.end().catch(() => undefined);
    }
  };
}
