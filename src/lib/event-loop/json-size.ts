import { JsonText } from './json-text.ts';

/**
 * How many bytes the JSON of a value has at least: signs that JSON writes as two, such as quotes in a text, count as
 * one.
 *
 * @param limit where to stop counting: whatever is larger is only found to be larger
 */
export function jsonSize(value: unknown, limit: number): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value) + 2;
    case 'object':
      if (value === null) return 4;
      if (value instanceof JsonText) return Buffer.byteLength(value.text);
      return Array.isArray(value) ? sizeOfList(value, limit) : sizeOfObject(value, limit);
    default:
      return 4;
  }
}

function sizeOfList(values: readonly unknown[], limit: number): number {
  let size = 2;
  for (const value of values) {
    size += jsonSize(value, limit - size) + 1;
    if (size > limit) break;
  }
  return size;
}

function sizeOfObject(object: object, limit: number): number {
  let size = 2;
  for (const name in object) {
    size += name.length + 4 + jsonSize((object as Record<string, unknown>)[name], limit - size);
    if (size > limit) break;
  }
  return size;
}
