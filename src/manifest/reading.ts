import type { Finding, Location } from './manifest.ts';

/** Where a list or a mapping was written, and each of its keys or items. */
interface Origin {
  at: Location;
  keys: Map<string, Location>;
  /** What Python makes of the values that are no text: `str(True)` is `True`. */
  texts: Map<string, string>;
}

/** What is found out while a project is read: where its values come from, and what is wrong with them. */
export interface Reading {
  origins: WeakMap<object, Origin>;
  errors: Finding[];
  warnings: Finding[];
}

/** Nothing found yet. */
export function newReading(): Reading {
  return { origins: new WeakMap(), errors: [], warnings: [] };
}

/** Remembers where a list or a mapping begins, and gives the record to put its keys or items into. */
export function remember(reading: Reading, container: object, at: Location): Origin {
  const origin: Origin = { at, keys: new Map(), texts: new Map() };
  reading.origins.set(container, origin);
  return origin;
}

/** The place of a list or a mapping, or of one of its keys or items. */
export function locate(reading: Reading, container: object, key?: string | number): Location {
  const origin = reading.origins.get(container);
  if (!origin) return { file: 'meltano.yml', line: 1 };
  return (key === undefined ? undefined : origin.keys.get(String(key))) ?? origin.at;
}

/** A scalar as the text that Python would make of it; undefined for a list, a mapping or nothing. */
export function textOf(reading: Reading, container: object, key: string): string | undefined {
  const value: unknown = Reflect.get(container, key);
  if (typeof value === 'string') return value;
  return reading.origins.get(container)?.texts.get(key);
}

/** Records something that makes the project unreadable. */
export function fail(reading: Reading, at: Location, message: string): void {
  reading.errors.push({ ...at, message });
}

/** Records something that Meltano would let pass. */
export function warn(reading: Reading, at: Location, message: string): void {
  reading.warnings.push({ ...at, message });
}

/** Each once, in the order of the files, other files after them by name, and of the lines within a file. */
export function inFileOrder(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
  const rank = (file: string) => (files.includes(file) ? files.indexOf(file) : files.length);
  const unique = new Map(
    findings.map((finding) => [`${finding.file}:${finding.line}:${finding.message}`, finding]),
  );
  return [...unique.values()].toSorted(
    (a, b) => rank(a.file) - rank(b.file) || compare(a.file, b.file) || a.line - b.line,
  );
}
