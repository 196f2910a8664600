import { Client } from 'pg';
import type { RunQueries } from './system-database.ts';

/** Longest times in milliseconds, to connect and for one statement. */
const timeouts = { connect: 10_000, statement: 60_000 };

/** Rows for each fetch. */
const batchSize = 1000;

/**
 * The error of a run as JSON, from its `payload`: the last entry of the object, as Meltano writes it. It is
 * not parsed as JSON here, because Python writes numbers such as NaN, which PostgreSQL refuses.
 */
export const postgresError = `substring(payload FROM '"error": ("(?:[^"\\\\]|\\\\.)*")\\}$')`;

/**
 * Reads a PostgreSQL database in a read-only transaction. The answered function throws the errors of the
 * driver.
 */
export function postgresServer(url: string): RunQueries {
  return async function* (queries) {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: timeouts.connect,
      statement_timeout: timeouts.statement,
      query_timeout: timeouts.statement,
      application_name: 'meltano-graphql',
    });
    // Without a listener, a connection that breaks would end the process. The query fails, too.
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
