import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** A connection, to a server or to the embedded PostgreSQL alike. */
export interface Connection {
  query: (statement: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  close: () => Promise<void>;
}

/** Connects to a server. */
export async function connect(url: string): Promise<Connection> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    query: async (statement, values = []) => {
      const { rows } = await client.query<Record<string, unknown>>(statement, [...values]);
      return rows;
    },
    close: () => client.end(),
  };
}

/** Opens the data directory of an embedded PostgreSQL, which no other process may have. */
export async function open(dataDirectory: string): Promise<Connection> {
  const pglite = await PGlite.create({ dataDir: dataDirectory });
  return {
    query: async (statement, values = []) => {
      const { rows } = await pglite.query<Record<string, unknown>>(statement, [...values]);
      return rows;
    },
    close: () => pglite.close(),
  };
}
