import { sharedNow } from '../../lib/shared-clock.ts';
import { suspectMs } from '../../store/workers/serves.ts';

/** What is known of a worker. */
export type WorkerStatus = 'ACTIVE' | 'DRAINING' | 'SUSPECT' | 'LOST';

/** The silence after which the runs of a worker are LOST, and so it is, in milliseconds. */
export const lostMs = 48_000;

/**
 * The status of a worker, by the clock of the database.
 *
 * @param heartbeatAt when it last reported that it was alive
 * @param drainingAt since when it takes no new runs; null while it takes some
 */
export function workerStatus({
  heartbeatAt,
  drainingAt,
}: {
  heartbeatAt: Date | string;
  drainingAt: Date | string | null;
}): WorkerStatus {
  const silentMs = sharedNow() - new Date(heartbeatAt).getTime();
  if (silentMs >= lostMs) return 'LOST';
  if (silentMs >= suspectMs) return 'SUSPECT';
  return drainingAt === null ? 'ACTIVE' : 'DRAINING';
}
