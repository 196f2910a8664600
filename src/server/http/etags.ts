import { hash } from 'node:crypto';

/** The strong ETag of a content (RFC 9110). */
export function etagOf(content: Buffer): string {
  return `"${hash('sha256', content, 'hex').slice(0, 32)}"`;
}

/** Whether a client has the present text, by its `If-None-Match` header (RFC 9110). */
export function isKnown(header: string | undefined, etag: string): boolean {
  const known = (header ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
