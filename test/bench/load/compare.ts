import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '../operations/operations.ts';
import type { Request, ServerName } from '../operations/requests.ts';
import type { Server } from '../servers/start-servers.ts';

type Ask = (server: ServerName, call: Operation['calls'][number]) => Request;

/** The data of an answer. */
type Answer = Record<string, unknown>;

/** Sends a request and gives the data of the answer. @throws when it is an error */
export async function ask({ name, origin }: Server, { path, body }: Request): Promise<Answer> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(origin + path, { method: 'POST', headers, body });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as { data?: Answer; errors?: unknown };
  if (!response.ok || errors !== undefined || data === undefined) {
    throw new Error(`${name} answers ${response.status} to ${body}: ${text}`);
  }
  return data;
}

/**
 * Makes sure that all servers give the same answer to every call: the plain server the very same as the
 * gateway, others the same but for the writing of ids, cursors and times.
 *
 * @throws with the first difference
 */
export async function checkAnswers(
  servers: readonly Server[],
  operations: readonly Operation[],
  requestFor: Ask,
): Promise<void> {
  const [first, ...others] = servers;
  if (!first) return;
  for (const { key, calls } of operations) {
    for (const call of calls) {
      const expected = await ask(first, requestFor(first.name, call));
      if (Object.values(expected).includes(null)) throw new Error(`(${key}) finds nothing.`);
      if (/"(nodes|edges)":\[\]/.test(JSON.stringify(expected))) throw new Error(`(${key}) finds no rows.`);
      for (const other of others) {
        const answer = await ask(other, requestFor(other.name, call));
        const exact = other.name === 'plainSql';
        const found = difference(exact ? expected : plain(expected), exact ? answer : plain(answer));
        if (found !== null) {
          throw new Error(`${other.name} answers otherwise in (${key}) ${call.document}: ${found}`);
        }
      }
    }
  }
}

/** The first place where two values differ, in words. */
function difference(expected: unknown, found: unknown, place = ''): string | null {
  if (isDeepStrictEqual(expected, found)) return null;
  const [a, b] = [expected, found].map((one) => (typeof one === 'object' && one !== null ? one : {}));
  for (const key of new Set(Object.keys({ ...a, ...b }))) {
    const inside = difference(Reflect.get(a ?? {}, key), Reflect.get(b ?? {}, key), `${place}.${key}`);
    if (inside !== null) return inside;
  }
  return `${place} is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`;
}

const documentNames = /^(completed|partial|merged)$/;

/** An answer without the ways of writing: UUIDs for ids, milliseconds for times, no text of cursors. */
function plain(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => plain(one, key));
  if (typeof value === 'object' && value !== null) {
    // The gateway's documents of states have two forms, of which one is asked for.
    if (documentNames.test(key) && 'json' in value) return value.json;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, name)]));
  }
  if (typeof value !== 'string') return value;
  if (/^(cursor|startCursor|endCursor)$/.test(key)) return value.length > 0;
  if (key === 'id') return /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(decode(value))?.[0];
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/.test(value) ? Date.parse(value) : value;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
