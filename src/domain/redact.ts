import { looksSensitive } from '../manifest/sensitivity.ts';
import { isObject } from './state-documents.ts';

/** What stands in the place of a value that nobody may read. */
export const redaction = '(redacted)';

/**
 * A copy of a configuration value without its secrets: the values of names that are or look sensitive,
 * at any depth, and passwords within addresses.
 *
 * @param isSecret further names to leave out, at the top level
 */
export function redacted<T>(value: T, isSecret: (name: string) => boolean = () => false): T {
  return redact(value, isSecret) as T;
}

function redact(value: unknown, isSecret: (name: string) => boolean): unknown {
  if (typeof value === 'string') return redactedUrl(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, () => false));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      item !== null && (isSecret(name) || looksSensitive(name)) ? redaction : redact(item, () => false),
    ]),
  );
}

/** A text without the user names and passwords in the addresses that it holds. */
export function redactedUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${redaction}@`);
}
