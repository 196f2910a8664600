import { serialize } from 'pg-protocol';
import { freeBytesOn, minFreeBytes } from './disk-space.ts';
import type { Exchange } from './wire-stream.ts';

/** What the last message of an answer tells of the session. */
type TransactionStatus = 'NONE' | 'OPEN' | 'FAILED';

/**
 * Makes the session read-only while the disk is nearly full. PGlite does not survive a disk that fills up while it
 * writes: when it cannot make the next file of its log of changes, it tries for ever.
 */
export function spaceGuard(directory: string, exchange: Exchange): Exchange {
  let isReadOnly = false;
  let status: TransactionStatus = 'NONE';
  const follow = async (): Promise<void> => {
    const isFull = freeBytesOn(directory) < minFreeBytes.toWrite;
    // What is set in a transaction is lost with it. An open one is only kept from writing more.
    if (isFull && status === 'OPEN') await exchange(serialize.query('SET LOCAL transaction_read_only = on'));
    if (isFull === isReadOnly || status !== 'NONE') return;
    await exchange(serialize.query(`SET default_transaction_read_only = ${isFull ? 'on' : 'off'}`));
    isReadOnly = isFull;
  };
  return async (messages) => {
    // A new session has the settings that the server has.
    if (messages[0] === 0) isReadOnly = false;
    else await follow();
    const answer = await exchange(messages);
    status = statusIn(answer) ?? status;
    return answer;
  };
}

/** Source: `ReadyForQuery` in https://www.postgresql.org/docs/18/protocol-message-formats.html */
function statusIn(answer: Uint8Array): TransactionStatus | null {
  const [kind, , , , length, status] = answer.subarray(-6);
  if (kind !== 'Z'.charCodeAt(0) || length !== 5) return null;
  return status === 'I'.charCodeAt(0) ? 'NONE' : status === 'T'.charCodeAt(0) ? 'OPEN' : 'FAILED';
}
