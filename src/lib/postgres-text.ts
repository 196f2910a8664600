/**
 * Makes a text that PostgreSQL accepts. Its types `text` and `jsonb` refuse NUL and unpaired surrogates; each
 * of them becomes U+FFFD.
 */
export function toPostgresText(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD');
}

/** Whether PostgreSQL accepts a text as it is. */
export function isPostgresText(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

/** Whether PostgreSQL accepts a JSON document that was read as UTF-8, without reading each text in it. */
export function isPostgresJson(json: string): boolean {
  // Only an escape can produce NUL or an unpaired surrogate in JSON that came as UTF-8: a raw NUL is not
  // valid JSON.
  return !json.includes('\\u') || !/\\u(?:0000|[dD][89a-fA-F])/.test(json);
}

/**
 * Cuts a text after `limit` UTF-16 units, but not inside a character, and appends how much was cut.
 *
 * @param more how many units are already cut off
 */
export function cutText(text: string, limit: number, more = 0): string {
  if (text.length <= limit && more === 0) return text;
  // A cut inside a surrogate pair leaves its first half, which is removed.
  const head = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${head}… [${text.length - head.length + more} more characters]`;
}

/** The longest text in a value, in UTF-16 units. */
export const textLength = 4096;

/** Other limits of `boundedJson`: levels of nesting, and entries of each object or list. */
const bounds = { depth: 8, entries: 100 };

/** Makes a text that is at most `limit` long and that PostgreSQL accepts. */
export type Bounded = (text: string, limit: number) => string;

const boundedText: Bounded = (text, limit) => cutText(toPostgresText(text), limit);

/**
 * Makes a JSON value that PostgreSQL accepts, and limits its depth, its entries and the length of its texts.
 *
 * @param bounded what is done to each text in it, and to numbers as texts
 */
export function boundedJson(value: unknown, depth = 0, bounded: Bounded = boundedText): unknown {
  if (typeof value === 'string') return bounded(value, textLength);
  if (typeof value === 'number' && bounded !== boundedText) {
    const digits = String(value);
    const shown = bounded(digits, textLength);
    return shown === digits ? value : shown;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === bounds.depth) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, bounds.entries).map((item) => boundedJson(item, depth + 1, bounded));
    return value.length > bounds.entries ? [...items, '…'] : items;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, bounds.entries)
      .map(([key, item]) => [bounded(key, 256), boundedJson(item, depth + 1, bounded)]),
  );
}
