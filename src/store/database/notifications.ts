import { EventEmitter } from 'node:events';
import pg from 'pg';
import { channel, type Notification } from './notify.ts';
import { serverSettings } from './statements.ts';

/**
 * Subscribes to the channel. `onLost` is called when notifications may have been lost. Resolves to a function
 * that ends the subscription.
 */
export type Listen = (
  onNotification: (payload: string) => void,
  onLost: (error: unknown) => void,
) => Promise<() => Promise<void>>;

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
      await client.query(serverSettings);
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

/**
 * Notifications that arrive in this process. They only wake readers. A notification can get lost, so each
 * reader also looks from time to time.
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

  /** Calls `onNotification` for each notification until the returned function is called. */
  subscribe(onNotification: (notification: Notification) => void): () => void {
    this.#emitter.on('notification', onNotification);
    return () => this.#emitter.off('notification', onNotification);
  }

  /** The current number of subscriptions. */
  get subscribers(): number {
    return this.#emitter.listenerCount('notification');
  }

  close(): Promise<void> {
    this.#emitter.removeAllListeners();
    return this.#end();
  }
}
