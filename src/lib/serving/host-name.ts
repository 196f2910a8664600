import { isIPv4, isIPv6 } from 'node:net';

/** A name or an address of a machine, and a port if one is given. */
export interface HostName {
  /** In small letters; an IPv6 address without its brackets. */
  name: string;
  port: number | null;
}

const maxName = 253;
const maxPort = 65_535;

/**
 * Reads what a `Host` header may be: a name of letters, digits, `-`, `_` and `.`, an IPv4 address, or an IPv6 address
 * in brackets, each with or without a port. Whatever else it is, it is null.
 */
export function parseHostName(text: string): HostName | null {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && port > maxPort) return null;
  if (bracketed !== undefined) {
    return isIPv6(bracketed) && !bracketed.includes('%') ? { name: bracketed.toLowerCase(), port } : null;
  }
  // A dot at the end says that the name is complete.
  const name = (plain ?? '').toLowerCase().replace(/\.$/, '');
  return isName(name) ? { name, port } : null;
}

function isName(name: string): boolean {
  return name.length <= maxName && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

/** Whether a name or an address is the loopback of this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    (isIPv4(name) && name.startsWith('127.')) ||
    (isIPv6(name) && /^(0*:)*:?0*1$/.test(name))
  );
}
