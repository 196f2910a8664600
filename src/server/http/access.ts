import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Log } from '../../domain/gateway.ts';
import { FailedTries } from './failed-tries.ts';
import { tooManyTries, type Refusal } from './refusal.ts';

/** Says why a request may not read or change anything; null when it may. */
export type CheckAccess = (request: Asking) => Refusal | null;

/** Who asks. */
interface Asking {
  headers: Pick<IncomingMessage['headers'], 'authorization'>;
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
}

/**
 * Asks every request for the one secret that clients share (RFC 6750).
 *
 * @param apiToken the secret; null when none is asked for
 */
export function accessBy(apiToken: string | null, log: Log): CheckAccess {
  if (apiToken === null) return () => null;
  const right = digest(apiToken);
  const tries = new FailedTries();
  return (request) => {
    const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined)
      return unauthenticated('Send the token of this gateway as "Authorization: Bearer …".');
    const address = request.socket.remoteAddress ?? '';
    const seconds = tries.waitOf(address);
    // The token is not even looked at, so that nobody can guess faster than that.
    if (seconds > 0 && !tries.isTrusted(address)) return tooManyTries(seconds, 'tokens');
    // Digests have the same length, and say nothing of how much of the token is right.
    if (timingSafeEqual(digest(token), right)) {
      tries.succeeded(address);
      return null;
    }
    tries.failed(address);
    if (seconds > 0) return tooManyTries(seconds, 'tokens');
    if (tries.waitOf(address) > 0)
      log.warn({ address }, 'many wrong tokens from one address; it has to wait');
    return unauthenticated('This is not the token of this gateway.', ', error="invalid_token"');
  };
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function unauthenticated(message: string, detail = ''): Refusal {
  return {
    status: 401,
    code: 'UNAUTHENTICATED',
    message,
    headers: { 'www-authenticate': `Bearer realm="meltano-graphql"${detail}` },
  };
}
