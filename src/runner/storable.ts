/**
 * Text that PostgreSQL takes: `text` and `jsonb` refuse NUL, and a surrogate without its half is no character.
 * Both become U+FFFD.
 */
export function storableText(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD');
}

/** Whether PostgreSQL takes a text as it is. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

/** Whether no text in a JSON document can need `storableText`, escaped characters included. */
export function isHarmlessJson(json: string): boolean {
  // Nothing but an escape brings such a character into JSON that came as UTF-8; NUL itself is no JSON.
  return !json.includes('\\u') || !/\\u(?:0000|[dD][89a-fA-F])/.test(json);
}

/** Cuts text after `limit` UTF-16 units, never within a character, and says how much is gone. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // The first half of a pair is left without its second when the cut falls between them.
  const head = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${head}… [${text.length - head.length} more characters]`;
}

/** The longest text in a value, in UTF-16 units. */
export const textLength = 4096;

/** Further bounds for `storableValue`: values a log line has no business to carry further. */
const bounds = { depth: 8, entries: 100 };

/** A JSON value with storable text and bounded depth, number of entries and text length. */
export function storableValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cutText(storableText(value), textLength);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === bounds.depth) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, bounds.entries).map((item) => storableValue(item, depth + 1));
    return value.length > bounds.entries ? [...items, '…'] : items;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, bounds.entries)
      .map(([key, item]) => [cutText(storableText(key), 256), storableValue(item, depth + 1)]),
  );
}
