import parse from 'parse-prometheus-text-format';
import { sendRaw } from '../../kit/http.ts';

/** A metric as the text format of Prometheus tells it. */
export interface Metric {
  name: string;
  help: string;
  type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM' | 'SUMMARY' | 'UNTYPED';
  metrics: { value?: string; labels?: Record<string, string> }[];
}

/** The metrics of a gateway. */
export interface Scraped {
  all: Metric[];
  /** The sum of the series of a metric that have these labels. */
  value: (name: string, labels?: Record<string, string>) => number;
  /** How many values a histogram has. */
  observed: (name: string) => number;
}

/** Reads metrics. @param url of the gateway, or of the metrics */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scraped> {
  const { status, body } = await sendRaw(new URL('/metrics', url).href, { method: 'GET', headers });
  if (status !== 200) throw new Error(`/metrics answered ${status}: ${body}`);
  const all = parse(body) as Metric[];
  return {
    all,
    value: (name, labels = {}) =>
      (all.find((metric) => metric.name === `meltano_graphql_${name}`)?.metrics ?? [])
        .filter((series) => Object.entries(labels).every(([key, text]) => series.labels?.[key] === text))
        .reduce((sum, { value }) => sum + Number(value ?? 0), 0),
    // The parser puts the series of a histogram together.
    observed: (name) =>
      body
        .split('\n')
        .filter((line) => line.startsWith(`meltano_graphql_${name}_count`))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
  };
}
