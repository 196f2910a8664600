import { isObject } from './is-object.ts';

/**
 * A JSON value whose numbers are kept as they are written, while JavaScript would round those above 2^53 and drop
 * the point of `1.0`: a number is the text `n<digits>`, any other text and every key begins with `s`, so that none
 * is mistaken for another, and no key is one of JavaScript's own.
 */
export type ExactJson = string | boolean | null | ExactJson[] | ExactObject;
export interface ExactObject {
  [key: string]: ExactJson;
}

/** Reads JSON text, which must be known to be some: by the quotes that are added here, what is none might become some. */
export function parseExact(json: string): ExactJson {
  return JSON.parse(
    json.replaceAll(/"((?:[^"\\]|\\.)*)"|-?\d[-+.\deE]*/g, (token, text: string | undefined) =>
      text === undefined ? `"n${token}"` : `"s${text}"`,
    ),
  ) as ExactJson;
}

/** Writes JSON text, without blanks. */
export function printExact(value: ExactJson): string {
  return JSON.stringify(value).replaceAll(
    /"([ns])((?:[^"\\]|\\.)*)"/g,
    (_token, kind: string, text: string) => (kind === 'n' ? text : `"${text}"`),
  );
}

/** Whether two values are equal as JSON values: numbers by what they are worth, objects whatever the order of their keys. */
export function equalExact(one: ExactJson, other: ExactJson): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    return one === other || (one.startsWith('n') && other.startsWith('n') && worth(one) === worth(other));
  }
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, i) => equalExact(item, other[i] as ExactJson))
    );
  }
  if (isObject(one)) {
    if (!isObject(other)) return false;
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && equalExact(one[key] ?? null, other[key] ?? null))
    );
  }
  return one === other;
}

// The same for every way of writing a number: sign, digits without zeros around them, and power of ten.
function worth(token: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^n(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  return short === ''
    ? '0'
    : `${sign ?? ''}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}
