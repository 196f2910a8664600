import type pg from 'pg';
import type { Send } from '../../../lib/sql.ts';
import { statementNames } from '../statements.ts';
import type { Session } from './session.ts';
import { messagesOf, readAnswers, type Order } from './wire-messages.ts';

/** The most statements that go together. */
const maxBatch = 16;

/** How long a batch is meant to take, in milliseconds: whoever waits for the session comes in after it. */
const batchMs = 4;

/** Batches under way at a time: while the answers of one are read, PostgreSQL works at the next. */
const maxUnderWay = 2;

/** How much the last batch counts for what a statement is thought to take. */
const weightOfLast = 0.25;

/**
 * Sends statements, together those that are asked for while others are under way: to go to the thread and back costs
 * as much as a small statement. Each is a transaction of its own.
 *
 * @param session whose one connection is taken meanwhile, so that no transaction of others is open
 */
export function sendInBatches({ pool, exchange }: Pick<Session, 'pool' | 'exchange'>): Send {
  const orders: Order[] = [];
  const nameOf = statementNames();
  /** What is prepared in the session of a connection. */
  const prepared = new WeakMap<pg.PoolClient, Set<string>>();
  const pace = new Pace();
  let turn: Turn | null = null;
  let isSending = false;

  const takeTurn = async (): Promise<void> => {
    const client = await pool.connect();
    const names = prepared.get(client) ?? new Set();
    prepared.set(client, names);
    turn = new Turn(orders, pace, {
      exchange,
      prepared: names,
      isAwaited: () => pool.waitingCount > 0,
      onNotification: (message) => client.emit('notification', message),
    });
    const failure = await turn.ended;
    turn = null;
    // A session that is lost is not used again.
    client.release(failure ?? undefined);
  };
  const takeTurns = async (): Promise<void> => {
    isSending = true;
    while (orders.length > 0) {
      const asked = orders.length;
      await takeTurn().catch((error: unknown) => {
        // Those that have come since have not waited for as long.
        for (const { reject } of orders.splice(0, asked)) reject(error);
      });
    }
    isSending = false;
  };
  return (text, values) =>
    new Promise((resolve, reject) => {
      orders.push({ text, values, name: nameOf(text) ?? '', resolve, reject });
      if (isSending) turn?.go();
      else void takeTurns();
    });
}

/** How many statements go together, by what those before have taken. */
class Pace {
  #msEach = 0;
  #lastAnswer = 0;

  size(): number {
    return Math.max(1, Math.min(maxBatch, Math.floor(batchMs / this.#msEach)));
  }

  /** Notes that a batch has been answered. @param sent when it was sent, by `performance.now` */
  answered(count: number, sent: number): void {
    const now = performance.now();
    // Until then PostgreSQL was at the batch before.
    const ms = now - Math.max(sent, this.#lastAnswer);
    this.#lastAnswer = now;
    this.#msEach += weightOfLast * (ms / count - this.#msEach);
  }
}

interface Connection extends Pick<Session, 'exchange'> {
  /** The names of the statements that are prepared. */
  prepared: Set<string>;
  /** Whether others wait for the connection. */
  isAwaited: () => boolean;
  onNotification: (message: object) => void;
}

/** The time for which the connection is taken. It ends when all is answered, or when others wait. */
class Turn {
  /** Resolves to the error with which the session was lost, or to null. */
  readonly ended: Promise<Error | null>;
  readonly #orders: Order[];
  readonly #pace: Pace;
  readonly #connection: Connection;
  /** The names of the statements that are being prepared. */
  readonly #parsing = new Set<string>();
  #underWay = 0;
  #isOver = false;
  #failure: Error | null = null;
  #end: (failure: Error | null) => void = () => undefined;

  /** @param orders what waits; taken from its beginning */
  constructor(orders: Order[], pace: Pace, connection: Connection) {
    [this.#orders, this.#pace, this.#connection] = [orders, pace, connection];
    this.ended = new Promise((resolve) => (this.#end = resolve));
    // The first batch is sent in any case: those who wait have come later.
    void this.#send(this.#next());
    this.go();
  }

  /** Sends what may be sent now. */
  go(): void {
    while (!this.#isOver && this.#underWay < maxUnderWay && this.#failure === null) {
      if (this.#connection.isAwaited()) break;
      const batch = this.#next();
      if (batch.length === 0) break;
      void this.#send(batch);
    }
    if (this.#underWay > 0) return;
    this.#isOver = true;
    this.#end(this.#failure);
  }

  /** A statement that is being prepared does not go again before it is known whether it could be. */
  #next(): Order[] {
    const size = Math.min(this.#pace.size(), this.#orders.length);
    let count = 0;
    for (; count < size; count += 1) {
      const { name } = this.#orders[count] as Order;
      if (this.#parsing.has(name)) break;
      if (name !== '' && !this.#connection.prepared.has(name)) this.#parsing.add(name);
    }
    return this.#orders.splice(0, count);
  }

  async #send(batch: readonly Order[]): Promise<void> {
    const { exchange, prepared, onNotification } = this.#connection;
    const messages = batch.flatMap((order) => messagesOf(order, prepared.has(order.name)));
    const sent = performance.now();
    this.#underWay += 1;
    try {
      const answer = await exchange(Buffer.concat(messages));
      this.#pace.answered(batch.length, sent);
      readAnswers(answer, batch, {
        onPrepared: ({ name }) => name !== '' && prepared.add(name),
        onNotification,
      });
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of batch) reject(error);
    }
    for (const { name } of batch) this.#parsing.delete(name);
    this.#underWay -= 1;
    // At once: what follows from the answers would keep PostgreSQL waiting.
    this.go();
  }
}
