import { sql } from '../../lib/sql.ts';
import type { Choice } from '../../reading/sources.ts';
import { hasEnded } from '../runs/run-status.ts';
import type { RunKind, RunStatus, RunTrigger } from '../generated/client.ts';

// A run's facet is a number made of its trigger, its kind and its status. Lists of runs are merged from one short scan
// for each facet that they may have, so that each index needs only the facet, whichever of the three a caller asks
// for. The trigger `describeRun` of the migrations has the same lists: only add to their ends.

const triggers = [
  'API',
  'BULK',
  'RETRY',
  'SERVICE',
  'IMPORT',
  'SCHEDULE',
  'BACKFILL',
] as const satisfies RunTrigger[];
const kinds = ['RUN', 'INSTALL', 'TEST', 'PLUGIN_TEST', 'DISCOVER', 'SERVICE'] as const satisfies RunKind[];
const statuses = [
  'QUEUED',
  'RUNNING',
  'CANCELLING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'TIMED_OUT',
  'LOST',
] as const satisfies RunStatus[];

/** The kinds of runs that something can ask for. */
const kindsOf: Record<RunTrigger, readonly RunKind[]> = {
  API: ['RUN', 'INSTALL', 'TEST', 'PLUGIN_TEST', 'DISCOVER'],
  BULK: ['RUN'],
  RETRY: ['RUN', 'INSTALL', 'TEST', 'PLUGIN_TEST', 'DISCOVER'],
  SERVICE: ['SERVICE'],
  IMPORT: ['RUN'],
  SCHEDULE: ['RUN'],
  BACKFILL: ['RUN'],
};

/** Which facets a run may have. What is absent may be anything. */
export interface FacetConditions {
  triggers?: readonly RunTrigger[] | null | undefined;
  kinds?: readonly RunKind[] | null | undefined;
  statuses?: readonly RunStatus[] | null | undefined;
  /** Only runs that have ended. */
  onlyEnded?: boolean;
}

/** The facets that meet the conditions, as a choice for lists of runs. */
export function facetsOf(conditions: FacetConditions): Choice {
  const facets: number[] = [];
  for (const trigger of conditions.triggers ?? triggers) {
    for (const kind of conditions.kinds ?? kinds) {
      if (!kindsOf[trigger].includes(kind)) continue;
      for (const status of conditions.statuses ?? statuses) {
        if (conditions.onlyEnded === true && !hasEnded(status)) continue;
        facets.push(facetOf(trigger, kind, status));
      }
    }
  }
  return { column: 'facet', values: sql`${`{${[...new Set(facets)].join(',')}}`}::text::int2[]` };
}

/** The number that stands for the three together. */
export function facetOf(trigger: RunTrigger, kind: RunKind, status: RunStatus): number {
  return (
    100 * (triggers.indexOf(trigger) + 1) + 10 * (kinds.indexOf(kind) + 1) + statuses.indexOf(status) + 1
  );
}
