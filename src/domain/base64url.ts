const scratch = Buffer.allocUnsafe(3000);

/** A text in the URL's variant of base 64 (RFC 4648 §5), as ids and cursors are written. */
export function base64url(text: string): string {
  // An answer may hold thousands: a buffer for each would cost more than the writing.
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(text));
}
