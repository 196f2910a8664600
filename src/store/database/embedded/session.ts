import pg from 'pg';
import type { Db } from 'pg-boss';
import type { Listen } from '../notifications.ts';
import { maxWaitMs, sessionSettings } from '../statements.ts';
import { WireStream, type Exchange } from './wire-stream.ts';

/** The one session that an embedded PostgreSQL has. Whoever needs it waits for it in the pool. */
export interface Session {
  pool: pg.Pool;
  /** Access to PostgreSQL past `pg`, for whoever has taken the connection out of the pool. It fails when that is lost. */
  exchange: Exchange;
  /** Subscribes to a channel of NOTIFY. The subscription outlives a connection that is lost. */
  listenTo: (channel: string) => Listen;
  /** The same session, as pg-boss takes it. */
  boss: Db;
}

/**
 * Makes the session. It is opened when it is first needed, and again when it was lost.
 *
 * @param open gives access to a running PostgreSQL; it starts one if there is none
 */
export function sessionOf(open: () => Promise<Exchange>): Session {
  const subscriptions = new Map<string, Set<(payload: string) => void>>();
  let stream = new WireStream(open);
  const pool = new pg.Pool({
    max: 1,
    connectionTimeoutMillis: maxWaitMs,
    // The session is never idle for too long: to open it again would clear what it has prepared.
    idleTimeoutMillis: 0,
    // None of what `pg` would take from the environment has a meaning here.
    ...{ user: 'postgres', database: 'postgres', password: '', host: 'embedded', ssl: false },
    stream: () => (stream = new WireStream(open)),
    // The pool waits for the result before it uses the connection, but its types do not allow a result.
    onConnect: (client) => {
      client.on('notification', ({ channel, payload = '' }) => {
        for (const notify of subscriptions.get(channel) ?? []) notify(payload);
      });
      const listen = [...subscriptions.keys()].map(listenStatement);
      return client.query([sessionSettings, ...listen].join('; ')) as unknown as undefined;
    },
  });
  // The query that waits for an answer gets the error of a lost session. Without this listener, it would end
  // the process.
  pool.on('error', () => undefined);

  const listenTo =
    (channel: string): Listen =>
    async (onNotification) => {
      const subscribers = subscriptions.get(channel) ?? new Set();
      subscriptions.set(channel, subscribers.add(onNotification));
      await pool.query(listenStatement(channel));
      return async () => {
        subscribers.delete(onNotification);
        return Promise.resolve();
      };
    };
  return {
    pool,
    exchange: (messages) => stream.exchange(messages),
    listenTo,
    boss: bossDatabase(pool, listenTo),
  };
}

function listenStatement(channel: string): string {
  return `LISTEN "${channel}"`;
}

function bossDatabase(pool: pg.Pool, listenTo: Session['listenTo']): Db {
  return {
    executeSql: async (text, values) => {
      const client = await pool.connect();
      try {
        return await client.query<never>(text, values);
      } catch (error) {
        // pg-boss begins and ends transactions within one text. If it fails in between, the transaction stays
        // open, and there is no other session.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
    listen: async (channel, onNotification, onReconnect) => {
      const close = await listenTo(channel)(onNotification, () => undefined);
      onReconnect();
      return { close };
    },
  };
}
