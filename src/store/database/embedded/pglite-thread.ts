// The embedded PostgreSQL, in a thread of its own: a statement that takes long keeps only this thread, and one that
// never ends is ended with it.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { exchangeWith } from './exchange.ts';
import { spaceGuard } from './space-guard.ts';

/** What the thread is started with. */
export interface ThreadData {
  /** Where PGlite keeps its files. */
  directory: string;
}

/** Messages to the thread: messages of the wire protocol, or the wish that it ends. */
export type ThreadRequest = Uint8Array | 'CLOSE';

/** What the thread answers: that it is open or closed, or the answer of PostgreSQL. */
export type ThreadAnswer = Uint8Array | 'OPEN' | 'CLOSED';

/** Settings of the server. */
const settings = {
  // Its files lie on the user's disk, beside other files. Without a bound the log of changes grows to a gigabyte.
  max_wal_size: '128MB',
  min_wal_size: '32MB',
};

const { directory } = workerData as ThreadData;
const port = parentPort;
if (port === null) throw new Error('This file is started as a thread.');
const answer = (message: ThreadAnswer): void =>
  typeof message === 'string'
    ? port.postMessage(message)
    : port.postMessage(message, [message.buffer as ArrayBuffer]);

const pglite = await PGlite.create({
  dataDir: directory,
  startParams: [
    // PGlite turns fsync off by default, but acknowledged writes must survive a power failure.
    ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ],
});
const exchange = spaceGuard(directory, exchangeWith(pglite));

/** Requests are carried out in the order in which they came. One that fails ends the thread. */
let last: Promise<void> = Promise.resolve();
port.on('message', (request: ThreadRequest) => {
  last = last.then(async () => {
    if (request === 'CLOSE') await pglite.close().finally(() => answer('CLOSED'));
    else answer(await exchange(request));
  });
});
answer('OPEN');
