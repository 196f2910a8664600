import { channel, type RunNotification } from './notifications.ts';

/**
 * Joins nothing to the runs that a statement selects, and tells those who watch them, on commit.
 * PostgreSQL calls the function once for each run, though nothing of it is selected, since it is volatile.
 *
 * @param runs the name by which the statement calls the runs
 */
export function tellingOf(runs: string, topic: RunNotification['topic'] = 'CHANGE'): string {
  return `${runs} CROSS JOIN LATERAL (SELECT pg_notify('${channel}', json_build_object(
    'runId', ${runs}.id, 'environmentId', ${runs}."environmentId", 'topic', '${topic}'
  )::text)) AS notice`;
}
