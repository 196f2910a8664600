const scratch = Buffer.allocUnsafe(3000);

/** Encodes a text in base64url (RFC 4648 §5), as ids and cursors need it. */
export function base64url(text: string): string {
  // A response may contain thousands of them, and a new buffer for each would cost more than the encoding.
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(text));
}
