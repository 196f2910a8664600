import type { IncomingMessage } from 'node:http';
import { remembered } from '../../lib/serving/remembered.ts';
import { isLoopback, parseHostName, type HostName } from '../../lib/serving/host-name.ts';
import { badRequest, type Refusal } from './refusal.ts';

/** The path and the query that a request asks for, as they were sent. */
export interface Target {
  path: string;
  /** What follows the question mark. */
  query: string;
}

/**
 * Reads where a request goes, once and strictly, before anything else looks at it: the target of its first line
 * and its one `Host` header.
 *
 * @param allowedHosts further names that clients may call this server by. Any name would do harm: a page of another
 *   site could make its own name lead to this address, and would then be of the same origin.
 */
export function readTarget(
  { url = '', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>,
  allowedHosts: readonly HostName[],
): Target | Refusal {
  const [, path, query = ''] = /^(\/[!->@-~]*)(?:\?([!-~]*))?$/.exec(url) ?? [];
  if (path === undefined || url.includes('#')) {
    return badRequest('Ask for a path, such as /graphql: this server is no proxy.');
  }
  const hosts = rawHeaders.filter((_, i) => i % 2 === 1 && isHost(rawHeaders[i - 1] ?? ''));
  const [given] = hosts;
  if (given === undefined || hosts.length > 1) return badRequest('Send one Host header.');
  const host = readHost(given);
  if (host === null) return badRequest('The Host header is no name of a host.');
  return isAllowed(host, allowedHosts) ? { path, query } : forbiddenHost;
}

const readHost = remembered(parseHostName);

function isHost(header: string): boolean {
  return header.length === 4 && header.toLowerCase() === 'host';
}

function isAllowed({ name, port }: HostName, allowed: readonly HostName[]): boolean {
  return (
    isLoopback(name) ||
    allowed.some((other) => other.name === name && (other.port === null || other.port === (port ?? 80)))
  );
}

const forbiddenHost: Refusal = {
  status: 403,
  code: 'FORBIDDEN_HOST',
  message:
    'Ask for this server by localhost, 127.0.0.1 or [::1]. Other names must be allowed when it is started, with --allowed-host.',
};
