import type { Finding, Location } from './manifest.ts';

/** The location of a list or a mapping, and of each of its keys or items. */
interface Origin {
  at: Location;
  keys: Map<string, Location>;
  /** The text that Python makes of values that are not text: `str(True)` is `True`. */
  texts: Map<string, string>;
}

/** What is collected while a project is read: where its values come from, and what is wrong with them. */
export interface Reading {
  origins: WeakMap<object, Origin>;
  errors: Finding[];
  warnings: Finding[];
}

export function newReading(): Reading {
  return { origins: new WeakMap(), errors: [], warnings: [] };
}

/**
 * Records the location of a list or a mapping, and returns the record for the locations of its keys or items.
 */
export function remember(reading: Reading, container: object, at: Location): Origin {
  const origin: Origin = { at, keys: new Map(), texts: new Map() };
  reading.origins.set(container, origin);
  return origin;
}

/** The location of a list or a mapping, or of one of its keys or items. */
export function locate(reading: Reading, container: object, key?: string | number): Location {
  const origin = reading.origins.get(container);
  if (!origin) return { file: 'meltano.yml', line: 1 };
  return (key === undefined ? undefined : origin.keys.get(String(key))) ?? origin.at;
}

/** The text that Python makes of a scalar; undefined for a list, a mapping or nothing. */
export function textOf(reading: Reading, container: object, key: string): string | undefined {
  const value: unknown = Reflect.get(container, key);
  if (typeof value === 'string') return value;
  return reading.origins.get(container)?.texts.get(key);
}

/** Records an error: the project cannot be read. */
export function fail(reading: Reading, at: Location, message: string): void {
  reading.errors.push({ ...at, message });
}

/** Records a warning: Meltano accepts it. */
export function warn(reading: Reading, at: Location, message: string): void {
  reading.warnings.push({ ...at, message });
}

/**
 * Sorts findings by file and line, without duplicates. The files come in the given order, then other files by
 * name.
 */
export function inFileOrder(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
  const ranks = new Map(files.map((file, i) => [file, i]));
  const rank = (file: string) => ranks.get(file) ?? files.length;
  const unique = new Map(
    findings.map((finding) => [`${finding.file}:${finding.line}:${finding.message}`, finding]),
  );
  return [...unique.values()].toSorted(
    (a, b) => rank(a.file) - rank(b.file) || compare(a.file, b.file) || a.line - b.line,
  );
}
