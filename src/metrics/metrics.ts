import { AggregatorRegistry, Registry } from 'prom-client';
import { countMeasures } from './counted.ts';
import { gauges } from './gauges.ts';
import type { MetricSources } from './sources.ts';

/** The metrics of a process, as they go from one process to another. */
export type ProcessMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Asks the other processes of a gateway for their metrics. Those that do not answer in time are left out. */
export type AskOthers = () => Promise<ProcessMetrics[]>;

/** The metrics of a gateway. */
export interface Metrics {
  /** What this process alone knows. */
  own: () => Promise<ProcessMetrics>;
  /** All that is known, in the text format of Prometheus. */
  text: () => Promise<string>;
}

/**
 * Begins to count, if nobody has before.
 *
 * @param askOthers null for a gateway of one process
 */
export function metricsOf(sources: MetricSources, askOthers: AskOthers | null): Metrics {
  const counted = countMeasures();
  const asked = gauges(sources);
  const ownRegistry = (): Registry => Registry.merge([counted, asked.own()]);
  return {
    own: () => ownRegistry().getMetricsAsJSON(),
    text: async () => {
      const [shared, others] = await Promise.all([asked.shared(), askOthers?.() ?? []]);
      const all: Registry =
        others.length === 0
          ? ownRegistry()
          : AggregatorRegistry.aggregate([await ownRegistry().getMetricsAsJSON(), ...others]);
      return Registry.merge([all, shared]).metrics();
    },
  };
}
