import { isObject } from './is-object.ts';
import { mergeJson } from './merge-json.ts';

/**
 * A JSON value that keeps numbers as they are written. JavaScript would round integers above 2^53 and write
 * `1.0` as `1`. A list is an array; only this file knows the form of all other values.
 */
export type ExactJson = ExactScalar | ExactJson[] | ExactObject;

declare const form: unique symbol;
/** A text, a number, a boolean or null. */
export interface ExactScalar {
  readonly [form]: 'SCALAR';
}
/** An object. Any text can be a key, `__proto__` too. */
export interface ExactObject {
  readonly [form]: 'OBJECT';
}

// A number is the text `n<digits>`; any other text and every key begins with `s`. So a number is never taken
// for a text. No key collides with a property of JavaScript such as `__proto__`, or moves to the front
// because it looks like an index. In this form, JSON.parse and JSON.stringify can do most of the work.
type Encoded = string | boolean | null | Encoded[] | EncodedObject;
interface EncodedObject {
  [key: string]: Encoded;
}

// In the patterns below, the last quote is optional, though it is always there: a pattern that cannot fail takes
// linear time.

/**
 * Reads JSON text. The text must be valid JSON: this function adds quotes, which could make invalid text
 * valid.
 */
export function parseExact(json: string): ExactJson {
  return JSON.parse(
    json.replaceAll(/"((?:[^"\\]+|\\.)*)"?|-?\d[-+.\deE]*/g, (token, text: string | undefined) =>
      text === undefined ? `"n${token}"` : `"s${text}"`,
    ),
  ) as ExactJson;
}

/** Writes JSON text, without blanks. */
export function printExact(value: ExactJson): string {
  return JSON.stringify(value).replaceAll(
    /"([ns])((?:[^"\\]+|\\.)*)"?/g,
    (_token, kind: string, text: string) => (kind === 'n' ? text : `"${text}"`),
  );
}

export function isExactObject(value: ExactJson): value is ExactObject {
  return isObject(value);
}

/** The content of a text; null for any other value. */
export function textIn(value: ExactJson | undefined): string | null {
  const encoded = value as Encoded | undefined;
  return typeof encoded === 'string' && encoded.startsWith('s') ? encoded.slice(1) : null;
}

/** The value of a key; undefined when there is none. */
export function get(object: ExactObject, key: string): ExactJson | undefined {
  return (object as unknown as Record<string, ExactJson>)[`s${key}`];
}

/** Sets a key of an object. */
export function set(object: ExactObject, key: string, value: ExactJson): void {
  (object as unknown as Record<string, ExactJson>)[`s${key}`] = value;
}

/** Removes a key of an object. */
export function remove(object: ExactObject, key: string): void {
  Reflect.deleteProperty(object, `s${key}`);
}

/** The keys of an object, in their order. */
export function keysOf(object: ExactObject): string[] {
  return Object.keys(object).map((key) => key.slice(1));
}

/** Merges a value into another one, see `mergeJson`. */
export function mergeExact(below: ExactJson, above: ExactJson): ExactJson {
  // A merge treats all keys alike, and its result has only values of the two. So it works on the encoded form
  // too.
  return mergeJson(below, above) as ExactJson;
}

/**
 * A deep copy of a value.
 *
 * @param count called for each part of the value with its size: 1, plus 1 for each character of a text,
 *   number or key. If it throws, the copy ends
 */
export function copyExact(value: ExactJson, count: (size: number) => void): ExactJson {
  return copyEncoded(value as unknown as Encoded, count) as unknown as ExactJson;
}

function copyEncoded(value: Encoded, count: (size: number) => void): Encoded {
  count(typeof value === 'string' ? value.length : 1);
  if (Array.isArray(value)) return value.map((item) => copyEncoded(item, count));
  if (!isEncodedObject(value)) return value;
  const copy: EncodedObject = {};
  for (const [key, item] of Object.entries(value)) {
    count(key.length);
    copy[key] = copyEncoded(item, count);
  }
  return copy;
}

/** Whether objects and lists are nested deeper than `levels`. */
export function isDeeperThan(value: ExactJson, levels: number): boolean {
  if (!isObject(value) && !Array.isArray(value)) return false;
  if (levels === 0) return true;
  return Object.values(value as Record<string, ExactJson>).some((item) => isDeeperThan(item, levels - 1));
}

/**
 * Whether two JSON values are equal. The order of keys does not matter.
 *
 * @param numbers whether `100` and `1e2` are equal
 */
export function equalExact(
  one: ExactJson,
  other: ExactJson,
  numbers: 'BY_VALUE' | 'AS_WRITTEN' = 'BY_VALUE',
): boolean {
  return equal(one as unknown as Encoded, other as unknown as Encoded, numbers === 'BY_VALUE');
}

function equal(one: Encoded, other: Encoded, byValue: boolean): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    if (one === other) return true;
    return byValue && one.startsWith('n') && other.startsWith('n') && worth(one) === worth(other);
  }
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, i) => equal(item, other[i] as Encoded, byValue))
    );
  }
  if (isEncodedObject(one)) {
    if (!isEncodedObject(other)) return false;
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && equal(one[key] ?? null, other[key] ?? null, byValue))
    );
  }
  return one === other;
}

function isEncodedObject(value: Encoded): value is EncodedObject {
  return isObject(value);
}

// One text for all ways to write a number: sign, digits without leading and trailing zeros, and power of ten.
function worth(token: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^n(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  let length = digits.length;
  while (digits[length - 1] === '0') length -= 1;
  const short = digits.slice(0, length);
  return short === ''
    ? '0'
    : `${sign ?? ''}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}
