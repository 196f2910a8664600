import { metricOf, type Metric } from './metric.ts';
import { hideIn, meltanoEventOf, type MeltanoEvent } from './meltano-event.ts';
import { noMask, type Mask } from '../../lib/text-search/mask.ts';
import { hasAnsi, lastStates, withoutAnsi } from '../../lib/text-search/ansi.ts';
import { boundedBy, headOf, margin } from './bounded.ts';
import {
  isPostgresJson,
  toPostgresText,
  boundedJson,
  textLength,
  type Bounded,
} from '../../lib/postgres-text.ts';

/** A line that Meltano or one of its plugins wrote. PostgreSQL can store all of its text. */
export interface OutputLine {
  /** The time in the line. Null for a line without a time, such as the message of a refused command line. */
  timestamp: Date | null;
  level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  source: 'MELTANO' | 'PLUGIN';
  /** The plugin that wrote it. */
  plugin: string | null;
  /** The plugin's stream. For a command, Meltano reports stdout as STDERR, too. */
  stdio: 'STDOUT' | 'STDERR' | null;
  /** Only for lines of the plugins of an extract-load pair. */
  stateId: string | null;
  /** Without codes for a terminal. At most 64 K characters. The end says how many were cut off. */
  message: string;
  /** The message with its codes for a terminal; null when it has none, and for a long one. */
  ansiText: string | null;
  /** The other fields of the line, limited in size. */
  fields: Record<string, unknown>;
  /** Only from Meltano's own lines, so that a plugin cannot pretend that its run completed. */
  meltanoEvent: MeltanoEvent | null;
  /** Only from lines of plugins. */
  metric: Metric | null;
}

const messageLength = 64 * 1024;
const fieldsLength = 32 * 1024;
const keyLength = 256;
const mostFields = 100;
/** Where the level of a line without a level is looked for. */
const headLength = 1000;

const levels = new Map<unknown, OutputLine['level']>([
  ['notset', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warn', 'WARNING'],
  ['warning', 'WARNING'],
  ['error', 'ERROR'],
  ['exception', 'ERROR'],
  ['fatal', 'CRITICAL'],
  ['critical', 'CRITICAL'],
]);

/** Keys that have their own field here, and `_name`, which repeats the level. */
const placed = new Set(['event', 'level', 'timestamp', 'name', 'stdio', 'job_name', '_logger', '_name']);

/**
 * Reads one line of Meltano's output. With `--log-format=json` a line is a JSON object. Lines of click
 * (refused command lines, "Aborted!") and of Python itself (tracebacks, warnings) are not JSON; they are kept
 * unchanged. Source: meltano/core/logging/formatters.py.
 *
 * @param mask hides secrets in everything that is free text
 */
export function parseOutputLine(text: string, mask: Mask = noMask): OutputLine {
  const record = parseRecord(text);
  if (record === null) return plainLine(text, mask);

  // Nearly every line: PostgreSQL can store all of its text, so no field needs a second check.
  const isClean = text.length <= textLength && isPostgresJson(text);
  const bounded = boundedBy(mask, isClean);
  const clean = isClean ? (value: string) => value : toPostgresText;
  const event = lastStates(typeof record.event === 'string' ? record.event : text);
  const { name, stdio, level, job_name: stateId } = record;
  const plugin = typeof name === 'string' && typeof stdio === 'string' ? clean(name) : null;
  return {
    timestamp: parseTime(record.timestamp),
    level: levels.get(typeof level === 'string' ? level.toLowerCase() : level) ?? 'INFO',
    source: plugin === null ? 'MELTANO' : 'PLUGIN',
    plugin,
    stdio: plugin === null ? null : stdio === 'stdout' ? 'STDOUT' : 'STDERR',
    stateId: typeof stateId === 'string' ? clean(stateId) : null,
    message: bounded(event, messageLength),
    ansiText: ansiTextOf(event, mask),
    fields: isClean ? smallFields(record, bounded) : boundedFields(record, bounded),
    meltanoEvent: plugin === null ? meltanoEventIn(event, record, isClean, mask) : null,
    metric: plugin === null ? null : metricOf(event, record.metric_info),
  };
}

function meltanoEventIn(
  event: string,
  record: Record<string, unknown>,
  isClean: boolean,
  mask: Mask,
): MeltanoEvent | null {
  // Of what Meltano says itself: a secret may be a word of it.
  const meltanoEvent = meltanoEventOf(event, record);
  if (meltanoEvent === null) return null;
  const stored = isClean
    ? meltanoEvent
    : meltanoEventOf(toPostgresText(event), boundedRecord(record, boundedBy(noMask, false)));
  return stored && hideIn(stored, mask);
}

/** `parseOutputLine` for a line that was received at a given time. */
export function parseLine(
  { text, receivedAt }: { text: string; receivedAt: Date },
  mask: Mask = noMask,
): OutputLine & { receivedAt: Date } {
  return Object.assign(parseOutputLine(text, mask), { receivedAt });
}

/** What the message shows on a terminal. A long text is left out: a cut could leave half a code. */
function ansiTextOf(event: string, mask: Mask): string | null {
  if (!hasAnsi(event) || event.length > messageLength) return null;
  const text = toPostgresText(mask(event));
  return hasAnsi(text) && text.length <= messageLength ? text : null;
}

function plainLine(written: string, mask: Mask): OutputLine {
  const text = lastStates(written);
  return {
    timestamp: null,
    level: guessLevel(withoutAnsi(text.slice(0, headLength))),
    source: 'MELTANO',
    plugin: null,
    stdio: null,
    stateId: null,
    message: boundedBy(mask, false)(text, messageLength),
    ansiText: ansiTextOf(text, mask),
    fields: {},
    meltanoEvent: null,
    metric: null,
  };
}

/**
 * ERROR for errors of click, and for all lines of a Python traceback, so that a filter by level shows all of
 * it.
 */
function guessLevel(head: string): OutputLine['level'] {
  const isError =
    errorStarts.some((start) => head.startsWith(start)) ||
    /^\[?(?:ERROR|CRITICAL)\b/.test(head) ||
    /^[\w.]+(?:Error|Exception)\b/.test(head);
  if (isError) return 'ERROR';
  // Python's warnings begin with the file: `/usr/lib/x.py:3: UserWarning: …`.
  const isWarning = /^(?:Warning: |\[?WARN)/.test(head) || /\wWarning: /.test(head);
  return isWarning ? 'WARNING' : 'INFO';
}

const errorStarts = ['Error: ', 'Aborted!', 'Traceback ', 'Fatal ', '  File "'];

function parseRecord(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isRecord = typeof value === 'object' && value !== null && 'event' in value;
    return isRecord ? value : null;
  } catch {
    return null;
  }
}

function parseTime(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}

/**
 * The fields of a short line whose text can be stored. They stay well below the limit, even if printed
 * numbers become longer.
 */
function smallFields(record: Record<string, unknown>, bounded: Bounded): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (placed.has(key) || value === null) continue;
    const shown = bounded(key, keyLength);
    // There are too many fields, or a name is too long: the slower way limits them.
    if (++count > mostFields || key.length > keyLength || shown === '__proto__')
      return boundedFields(record, bounded);
    fields[shown] = boundedJson(value, 1, bounded);
  }
  return withLogger(fields, record, bounded);
}

function boundedFields(record: Record<string, unknown>, bounded: Bounded): Record<string, unknown> {
  // Secrets are looked for in what may be kept alone, since that takes long in a long line.
  const [masked, long] = fitting(entriesOf(record), margin * fieldsLength, (value) =>
    boundedJson(value, 1, headOf),
  );
  const fields = withLogger(boundedRecord(Object.fromEntries(masked), bounded), record, bounded);
  const [kept, large] = fitting(Object.entries(fields), fieldsLength);
  if (long.length === 0 && large.length === 0) return fields;
  return { ...Object.fromEntries(kept), omitted: [...large, ...long.map((key) => bounded(key, keyLength))] };
}

/** The first of a record's entries. */
function entriesOf(record: Record<string, unknown>): Entry[] {
  const entries: Entry[] = [];
  for (const key in record) {
    const value = record[key];
    if (placed.has(key) || value === null) continue;
    entries.push([key, value]);
    if (entries.length === mostFields) break;
  }
  return entries;
}

type Entry = [key: string, value: unknown];

/**
 * Leaves out the largest entries of those that are too large together: one makes a line too large, such as a traceback.
 *
 * @returns those that fit, and the keys of the others
 */
function fitting(
  entries: Entry[],
  length: number,
  shown: (value: unknown) => unknown = (value) => value,
): [fitting: Entry[], others: string[]] {
  const sizes = new Map(entries.map(([key, value]) => [key, size(key) + size(shown(value)) + 2]));
  const bySize = [...sizes].sort(([, one], [, other]) => one - other);
  let room = length;
  const others = bySize.filter(([, size]) => (room -= size) < 0).map(([key]) => key);
  return [entries.filter(([key]) => !others.includes(key)), others];
}

function withLogger(
  fields: Record<string, unknown>,
  { _logger: said }: Record<string, unknown>,
  bounded: Bounded,
) {
  const logger = typeof said === 'string' ? /Logger (\S+) \(/.exec(said)?.[1] : undefined;
  if (logger !== undefined) fields.logger = bounded(logger, keyLength);
  return fields;
}

function boundedRecord(record: Record<string, unknown>, bounded: Bounded): Record<string, unknown> {
  return boundedJson(record, 0, bounded) as Record<string, unknown>;
}

function size(value: unknown): number {
  return JSON.stringify(value).length;
}
