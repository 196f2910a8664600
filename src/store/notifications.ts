import { EventEmitter } from 'node:events';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Prisma } from './generated/client.ts';

/** Channel of PostgreSQL's NOTIFY that all gateways on one database share. */
export const channel = 'meltano_graphql';

/**
 * Subscribes to the channel. `onLost` is called when notifications may have been missed.
 * Resolves to a function that ends the subscription.
 */
export type Listen = (
  onNotification: (payload: string) => void,
  onLost: (error: unknown) => void,
) => Promise<() => Promise<void>>;

export function listenOnPglite(pglite: PGlite): Listen {
  return (onNotification) => pglite.listen(channel, onNotification);
}

export function listenOnServer(url: string): Listen {
  return async (onNotification, onLost) => {
    let closed = false;
    let client: pg.Client | undefined;
    let retry: NodeJS.Timeout | undefined;
    const connect = async (): Promise<void> => {
      client = new pg.Client({ connectionString: url, keepAlive: true });
      client.on('notification', (message) => {
        onNotification(message.payload ?? '');
      });
      client.on('error', reconnect);
      client.on('end', reconnect);
      await client.connect();
      await client.query(`LISTEN ${channel}`);
    };
    const reconnect = (error?: unknown): void => {
      if (closed || retry) return;
      onLost(error ?? new Error('The connection for notifications ended.'));
      retry = setTimeout(() => {
        retry = undefined;
        connect().then(() => onLost(null), reconnect);
      }, 1000);
    };
    await connect();
    return async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    };
  };
}

/** What a notification says of a run: which one changed, and in which way. The tables hold the truth. */
export interface RunNotification {
  runId: string;
  environmentId: string | null;
  /** `LOG`: lines were stored. `CHANGE`: the run itself changed. */
  topic: 'LOG' | 'CHANGE';
}

/** What a notification says of services: some of an environment have changed. */
export interface ServiceNotification {
  environmentId: string;
  topic: 'SERVICE';
}

/** A notification that says that the status of a bulk operation changed. */
export interface BulkNotification {
  operationId: string;
  topic: 'BULK';
}

export type Notification = RunNotification | ServiceNotification | BulkNotification;

/** Sends a notification when the transaction commits. */
export async function notify(db: Prisma.TransactionClient, notification: Notification): Promise<void> {
  await db.$executeRaw`SELECT pg_notify(${channel}, ${JSON.stringify(notification)})`;
}

/**
 * Notifications as they arrive in this process. They only wake readers up: one may get lost, so
 * whoever waits also looks again after `pollMs`.
 */
export class Notifications {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #end: () => Promise<void> = () => Promise.resolve();

  static async open(listen: Listen, onLost: (error: unknown) => void): Promise<Notifications> {
    const notifications = new Notifications();
    notifications.#end = await listen((payload) => {
      notifications.#emitter.emit('notification', JSON.parse(payload));
    }, onLost);
    return notifications;
  }

  /** Calls back for each notification until the returned function is called. */
  subscribe(onNotification: (notification: Notification) => void): () => void {
    this.#emitter.on('notification', onNotification);
    return () => this.#emitter.off('notification', onNotification);
  }

  /** How many subscribe at the moment. */
  get subscribers(): number {
    return this.#emitter.listenerCount('notification');
  }

  close(): Promise<void> {
    this.#emitter.removeAllListeners();
    return this.#end();
  }
}
