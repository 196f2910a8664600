import type { IncomingMessage, ServerResponse } from 'node:http';

/** For how long a browser need not ask again whether it may ask, in seconds. */
const preflightSeconds = 7200;

/** Headers that a page may read, beside those that it always may. */
const exposed = 'accept-ranges, content-range, etag, retry-after, www-authenticate';

/**
 * Lets pages of other origins read the answers (CORS). The origins are listed one by one: whoever may call the gateway
 * may do everything. Cookies are not allowed, since there are none; a token comes in its header.
 *
 * @returns whether it has answered: a browser that asks whether a page may ask
 */
export function answerCors(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  origins: ReadonlySet<string>,
): boolean {
  if (origins.size === 0) return false;
  response.setHeader('vary', 'origin');
  const { origin = '' } = headers;
  if (!origins.has(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', exposed);
  const asked = headers['access-control-request-method'];
  if (method !== 'OPTIONS' || asked === undefined) return false;
  const wanted = headers['access-control-request-headers'];
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, POST',
    // Clients add headers of their own, such as their name. None of them lets anybody do more.
    ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
    'access-control-max-age': String(preflightSeconds),
  });
  response.end();
  return true;
}
