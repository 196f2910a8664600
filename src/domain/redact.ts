import { looksSensitive } from '../manifest/sensitivity.ts';
import { isObject } from './is-object.ts';

/** What stands in the place of a value that nobody may read. */
export const redaction = '(redacted)';

/**
 * A copy of a configuration value without its secrets: the values of names that are or look sensitive,
 * at any depth, and passwords within addresses.
 *
 * @param isSecret further names to leave out, with all that is below them; a nested name is given
 *   with the names that it is under, separated by dots
 */
export function redacted<T>(value: T, isSecret: (name: string) => boolean = () => false): T {
  return redact(value, isSecret, '') as T;
}

function redact(value: unknown, isSecret: (name: string) => boolean, prefix: string): unknown {
  if (typeof value === 'string') return redactedUrl(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, isSecret, prefix));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = prefix + key;
      const secret = item !== null && (isSecret(name) || looksSensitive(name));
      return [key, secret ? redaction : redact(item, isSecret, `${name}.`)];
    }),
  );
}

/** A text without the user names and passwords in the addresses that it holds. */
export function redactedUrl(text: string): string {
  // Up to the last `@` before a slash: a password may hold one that nobody escaped.
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/gi, `$1${redaction}@`);
}
