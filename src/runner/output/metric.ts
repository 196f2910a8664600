import { isObject } from '../../lib/is-object.ts';
import { boundedJson, toPostgresText } from '../../lib/postgres-text.ts';

/**
 * A measurement that a plugin reports. Counters are differences since the last report. Extractor and loader
 * both count, so sum them for each plugin. Source: singer_sdk/metrics.py.
 */
export interface Metric {
  /** `counter`, or `timer` with seconds. */
  type: string;
  /** Such as `record_count`, `batch_count`, `sync_duration`, `http_request_duration`. */
  metric: string;
  value: number;
  /** The stream, from the tags. */
  stream: string | null;
  tags: Record<string, unknown>;
}

/**
 * The forms in text: `METRIC: {…}` of the Singer SDK, and `INFO METRIC: {…}` of older extractors, with or
 * without a prefix.
 */
const plain = /(?:^|\s)METRIC: \{/;

/** Finds the metric in a plugin's line: in its structured field, otherwise in its text. */
export function metricOf(message: string, metricInfo: unknown): Metric | null {
  if (metricInfo !== undefined) return toMetric(metricInfo);
  // A simple search first, because this is called for every line of every plugin.
  if (!message.includes('METRIC: ')) return null;
  const start = plain.exec(message);
  if (start === null) return null;
  try {
    return toMetric(JSON.parse(message.slice(message.indexOf('{', start.index))));
  } catch {
    return null;
  }
}

function toMetric(value: unknown): Metric | null {
  if (!isObject(value)) return null;
  const { type, metric, value: amount } = value;
  if (typeof type !== 'string' || typeof metric !== 'string') return null;
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return null;
  const tags = isObject(value.tags) ? (boundedJson(value.tags) as Record<string, unknown>) : {};
  const stream = tags.stream;
  return {
    type: toPostgresText(type),
    metric: toPostgresText(metric),
    value: amount,
    stream: typeof stream === 'string' ? stream : null,
    tags,
  };
}
