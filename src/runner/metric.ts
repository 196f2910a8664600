import { storableText, storableValue } from './storable.ts';

/**
 * A measurement that a plugin reports. Counters are deltas since the one before, and tap and target both count:
 * sum them per plugin. Source: singer_sdk/metrics.py.
 */
export interface Metric {
  /** `counter` or `timer` (seconds). */
  type: string;
  /** Such as `record_count`, `batch_count`, `sync_duration`, `http_request_duration`. */
  metric: string;
  value: number;
  /** The stream it is about, from the tags. */
  stream: string | null;
  tags: Record<string, unknown>;
}

/** Plain forms: `METRIC: {…}` of the Singer SDK, `INFO METRIC: {…}` of older taps, with or without a prefix. */
const plain = /(?:^|\s)METRIC: (\{.*\})\s*$/s;

/** Finds the metric in a plugin's line: from its structured field, or else from its text. */
export function metricOf(message: string, metricInfo: unknown): Metric | null {
  if (metricInfo !== undefined) return toMetric(metricInfo);
  // A plain search, since it is asked of every line of every plugin.
  if (!message.includes('METRIC: ')) return null;
  const json = plain.exec(message)?.[1];
  if (json === undefined) return null;
  try {
    return toMetric(JSON.parse(json));
  } catch {
    return null;
  }
}

function toMetric(value: unknown): Metric | null {
  if (!isRecord(value)) return null;
  const { type, metric, value: amount } = value;
  if (typeof type !== 'string' || typeof metric !== 'string') return null;
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return null;
  const tags = isRecord(value.tags) ? (storableValue(value.tags) as Record<string, unknown>) : {};
  const stream = tags.stream;
  return {
    type: storableText(type),
    metric: storableText(metric),
    value: amount,
    stream: typeof stream === 'string' ? stream : null,
    tags,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
