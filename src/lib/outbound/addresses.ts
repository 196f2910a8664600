import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What may be reached though it is not public. */
export interface AllowedAddresses {
  /** Names of hosts, in lower case, whatever their addresses are. */
  hosts: ReadonlySet<string>;
  ranges: readonly (readonly [Address, number])[];
}

/** A host to which nothing is sent, because it has an address that is not public. */
export class ForbiddenAddress extends Error {
  override name = 'ForbiddenAddress';
}

/** Reads names of hosts, addresses and ranges such as `10.0.0.0/8`. @returns null when one of them is neither */
export function readAllowed(texts: readonly string[]): AllowedAddresses | null {
  const hosts = new Set<string>();
  const ranges: [Address, number][] = [];
  for (const text of texts) {
    const [base = '', bits, ...rest] = text.split('/');
    if (isIP(base) !== 0 && rest.length === 0) {
      const address = ipaddr.parse(base);
      const most = address.kind() === 'ipv4' ? 32 : 128;
      const length = bits === undefined ? most : Number(bits);
      if (!/^\d{1,3}$/.test(bits ?? '0') || length > most) return null;
      ranges.push([address, length]);
    } else if (/^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(text)) hosts.add(text.toLowerCase());
    else return null;
  }
  return { hosts, ranges };
}

/**
 * Checks the addresses of a host. One that is not public is enough to refuse it: whoever answers for its name could hide it
 * among others.
 *
 * @throws ForbiddenAddress
 */
export function checkAddresses(host: string, addresses: readonly string[], allowed: AllowedAddresses): void {
  if (allowed.hosts.has(host.toLowerCase())) return;
  for (const text of addresses) {
    const address = plainAddress(text);
    if (address === null || !(isPublic(address) || isIn(address, allowed.ranges)))
      throw new ForbiddenAddress(
        `${host === text ? host : `${host} (${text})`} is not a public address, and is not allowed by --webhook-addresses`,
      );
  }
}

/** The address that a URL itself names; null when it names a host by its name. */
export function addressIn(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? null : host;
}

/** An address as the machine that it leads to has it: one of IPv4 can be written as one of IPv6. */
function plainAddress(text: string): Address | null {
  if (isIP(text) === 0) return null;
  const address = ipaddr.process(text);
  // NAT64 (RFC 6052): the last four bytes are an address of IPv4.
  return address.kind() === 'ipv6' && address.range() === 'rfc6052'
    ? ipaddr.fromByteArray(address.toByteArray().slice(12))
    : address;
}

/** Whether an address is of the Internet at large, and of no special purpose (RFC 6890). */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  const [first = 0] = address.toByteArray();
  // Of IPv6, only 2000::/3 was given out as yet.
  return address.kind() === 'ipv4' || first >> 5 === 1;
}

function isIn(address: Address, ranges: AllowedAddresses['ranges']): boolean {
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}
