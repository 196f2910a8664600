import { metricOf } from './metric.ts';
import type { Metric } from './metric.ts';
import { milestoneOf } from './milestone.ts';
import type { Milestone } from './milestone.ts';
import { cutText, isHarmlessJson, storableText, storableValue, textLength } from './storable.ts';

/** A line that Meltano or one of its plugins wrote. All text in it can be stored in PostgreSQL. */
export interface OutputLine {
  /** When it was logged; null for a line without a time, such as the message of a refused command line. */
  timestamp: Date | null;
  level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  source: 'MELTANO' | 'PLUGIN';
  /** The plugin that wrote it. */
  plugin: string | null;
  /** Which of the plugin's streams it came from. Meltano merges a command's stdout into its STDERR. */
  stdio: 'STDOUT' | 'STDERR' | null;
  /** On lines of the plugins of an extract-load pair. */
  stateId: string | null;
  /** At most 64 K characters; what was cut is counted at its end. */
  message: string;
  /** What else the line says, bounded in size. */
  fields: Record<string, unknown>;
  /** Only ever from Meltano's own lines: a plugin cannot pretend that its run completed. */
  milestone: Milestone | null;
  /** Only ever from a plugin's lines. */
  metric: Metric | null;
}

const messageLength = 64 * 1024;
const fieldsLength = 32 * 1024;

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

/** Keys with a place of their own, and `_name`, which repeats the level. */
const placed = new Set(['event', 'level', 'timestamp', 'name', 'stdio', 'job_name', '_logger', '_name']);

/**
 * Reads one line of Meltano's output: a JSON object per line (`--log-format=json`), except what click prints
 * (refused command lines, "Aborted!") and Python itself (tracebacks, warnings), which are kept as they are.
 * Source: meltano/core/logging/formatters.py.
 */
export function parseOutputLine(text: string): OutputLine {
  const record = parseRecord(text);
  if (record === null) return plainLine(text);

  // Nearly every line: what it says can be stored as it is, so no text of it needs a second look.
  const harmless = text.length <= textLength && isHarmlessJson(text);
  const storable = harmless ? (value: string) => value : storableText;
  const event = typeof record.event === 'string' ? record.event : text;
  const { name, stdio, level, job_name: stateId } = record;
  const plugin = typeof name === 'string' && typeof stdio === 'string' ? storable(name) : null;
  const message = cutText(storable(event), messageLength);
  return {
    timestamp: parseTime(record.timestamp),
    level: levels.get(typeof level === 'string' ? level.toLowerCase() : level) ?? 'INFO',
    source: plugin === null ? 'MELTANO' : 'PLUGIN',
    plugin,
    stdio: plugin === null ? null : stdio === 'stdout' ? 'STDOUT' : 'STDERR',
    stateId: typeof stateId === 'string' ? storable(stateId) : null,
    message,
    fields: harmless ? smallFields(record) : boundedFields(record),
    milestone: plugin === null ? milestoneIn(event, record, harmless) : null,
    metric: plugin === null ? null : metricOf(event, record.metric_info),
  };
}

function milestoneIn(event: string, record: Record<string, unknown>, harmless: boolean): Milestone | null {
  const milestone = milestoneOf(event, record);
  return milestone === null || harmless
    ? milestone
    : milestoneOf(storableText(event), storableRecord(record));
}

/** `parseOutputLine` of a line that came at a certain time. */
export function parseLine({ text, receivedAt }: { text: string; receivedAt: Date }): OutputLine & {
  receivedAt: Date;
} {
  return Object.assign(parseOutputLine(text), { receivedAt });
}

function plainLine(text: string): OutputLine {
  return {
    timestamp: null,
    level: guessLevel(text),
    source: 'MELTANO',
    plugin: null,
    stdio: null,
    stateId: null,
    message: cutText(storableText(text), messageLength),
    fields: {},
    milestone: null,
    metric: null,
  };
}

/** Errors of click, and all lines of a Python traceback, so that it stays together when filtered by level. */
function guessLevel(text: string): OutputLine['level'] {
  if (
    /^(Error: |Aborted!|Traceback |Fatal |\[?(ERROR|CRITICAL)\b| {2}File "|[\w.]+(Error|Exception)\b)/.test(
      text,
    )
  ) {
    return 'ERROR';
  }
  return /^(Warning: |.*\w+Warning: |\[?WARN)/.test(text) ? 'WARNING' : 'INFO';
}

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

/** The fields of a line that is harmless and short: at worst, in numbers that grow, well below the bound. */
function smallFields(record: Record<string, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (placed.has(key) || value === null) continue;
    // Too many, or too long a name: the long way round says how to go on.
    if (++count > 100 || key.length > 256 || key === '__proto__') return boundedFields(record);
    fields[key] = typeof value === 'object' ? storableValue(value, 1) : value;
  }
  return withLogger(fields, record);
}

function boundedFields(record: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(record).filter(([key, value]) => !placed.has(key) && value !== null);
  const fields = withLogger(storableRecord(Object.fromEntries(entries)), record);
  if (JSON.stringify(fields).length <= fieldsLength) return fields;
  // The largest goes first: it is the one that made the line too large, such as a traceback.
  const bySize = Object.entries(fields).sort((one, other) => size(one[1]) - size(other[1]));
  let room = fieldsLength;
  const kept = bySize.filter(([key, value]) => (room -= size(value) + key.length + 4) >= 0);
  return { ...Object.fromEntries(kept), omitted: bySize.slice(kept.length).map(([key]) => key) };
}

function withLogger(fields: Record<string, unknown>, { _logger: said }: Record<string, unknown>) {
  const logger = typeof said === 'string' ? /Logger (\S+) \(/.exec(said)?.[1] : undefined;
  if (logger !== undefined) fields.logger = logger;
  return fields;
}

function storableRecord(record: Record<string, unknown>): Record<string, unknown> {
  return storableValue(record) as Record<string, unknown>;
}

function size(value: unknown): number {
  return JSON.stringify(value).length;
}
