import { Duplex } from 'node:stream';
import { serialize } from 'pg-protocol';

/** Has PostgreSQL handle messages of its wire protocol. @returns what it answers */
export type Exchange = (messages: Uint8Array) => Promise<Uint8Array>;

/** The first byte of the message with which a client takes its leave. */
const terminate = 'X'.charCodeAt(0);

/** What a session leaves behind, and the next one on the same PostgreSQL must not find. */
const leftovers = ['ROLLBACK', 'DISCARD ALL'];

/**
 * What `pg` takes for its connection to a server: it writes messages, and reads the answers. There is only one
 * session in PGlite, so each stream begins by clearing what the one before has left.
 */
export class WireStream extends Duplex {
  readonly #open: () => Promise<Exchange>;
  #exchange: Exchange = () => Promise.reject(new Error('Not connected.'));

  constructor(open: () => Promise<Exchange>) {
    super();
    this.#open = open;
  }

  /** Called by `pg`, as are the ones below, which have no meaning here. */
  connect(): this {
    this.#begin().then(
      () => this.emit('connect'),
      (error: unknown) => this.destroy(error as Error),
    );
    return this;
  }

  /** Past `pg`: it must not wait for an answer meanwhile. */
  exchange(messages: Uint8Array): Promise<Uint8Array> {
    return this.#exchange(messages);
  }

  readonly setNoDelay = nothing;
  readonly ref = nothing;
  readonly unref = nothing;

  async #begin(): Promise<void> {
    this.#exchange = await this.#open();
    for (const statement of leftovers) await this.#exchange(serialize.query(statement));
  }

  // Answers are pushed when they come.
  override readonly _read = nothing;

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#send(chunk, done);
  }

  // `pg` writes the messages of a statement while the stream is corked, so they come together.
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.push(null);
    done();
  }

  #send(messages: Buffer, done: Done): void {
    if (messages[0] === terminate) {
      done();
      return;
    }
    this.#exchange(messages).then((answer) => {
      if (answer.length > 0) this.push(answer);
      done();
    }, done);
  }
}

type Done = (error?: Error | null) => void;

function nothing(): void {
  // Nothing is to be done.
}
