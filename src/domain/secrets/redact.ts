import { isObject } from '../../lib/is-object.ts';
import {
  canBeSecret,
  isNothingButVariables,
  looksSensitive,
  variablesIn,
  type IsSecret,
} from './what-is-secret.ts';

/** The text that replaces a secret. */
export const redaction = '(redacted)';

/**
 * A copy of a configuration value without secrets. It replaces values whose name is sensitive or sounds like
 * a secret, at any depth, and passwords in addresses.
 *
 * @param isSecret tells further names to hide, with everything below them. A nested name is given with its
 *   parents' names, separated by dots
 */
export function redacted<T>(value: T, isSecret: IsSecret = () => false): T {
  return replaced(value, isSecret, '', (secret) => (canBeSecret(secret) ? redaction : secret)) as T;
}

/** The values in a configuration whose name is sensitive or sounds like a secret, each with what is below it. */
export function secretsIn(value: unknown, isSecret: IsSecret): unknown[] {
  const found: unknown[] = [];
  replaced(value, isSecret, '', (secret) => found.push(secret));
  return found;
}

function replaced(
  value: unknown,
  isSecret: IsSecret,
  prefix: string,
  replace: (secret: unknown) => unknown,
): unknown {
  const inside = (inner: unknown, name: string): unknown => replaced(inner, isSecret, name, replace);
  if (typeof value === 'string') return redactedUrl(value);
  if (Array.isArray(value)) return value.map((item) => inside(item, prefix + nameIn(item)));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = prefix + key;
      const isOne = item !== null && (isSecret(name) || looksSensitive(name));
      return [key, isOne ? replace(item) : inside(item, `${name}.`)];
    }),
  );
}

/** An item of a list that has a name, such as a header, gives it to the values in it. */
function nameIn(item: unknown): string {
  return isObject(item) && typeof item.name === 'string' ? `${item.name}.` : '';
}

/**
 * A text without the user names and passwords of the addresses in it. Those that are nothing but variables stay.
 *
 * @param isExpanded whether Meltano replaces the variables in it
 */
export function redactedUrl(text: string, { isExpanded = true } = {}): string {
  return text.replace(logins, (found, start: string, login: string) =>
    isNothingButVariables(login, isExpanded) ? found : `${start}${redaction}@`,
  );
}

/** Ends of schemes whose addresses have a token in place of a user name. */
const tokenScheme = /https?$/i;

/** The passwords of the addresses in a text, and tokens in their place, as they stand there. */
export function passwordsIn(text: string): string[] {
  return [...text.matchAll(logins)].flatMap(({ 2: login = '', index }) => {
    const [user = '', ...rest] = login.split(':');
    if (rest.length > 0) return rest.join(':');
    return tokenScheme.test(text.slice(Math.max(0, index - 5), index + 1)) ? user : [];
  });
}

/** The variables of which a secret is made; of an address, those of its password. */
export function variablesOfSecret(text: string): string[] {
  return text.includes('://') ? passwordsIn(text).flatMap(variablesIn) : variablesIn(text);
}

// Up to the last `@` before a slash: a password may contain an `@` that is not escaped. One letter of the scheme is
// enough: a pattern for all of it would start again at each letter of a long word.
const logins = /([a-z\d+.-]:\/\/)([^\s/]+)@/gi;
