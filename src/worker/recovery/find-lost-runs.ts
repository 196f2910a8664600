import type { Run, Store } from '../../store/index.ts';
import type { SilentRun } from '../../store/runs/runs.ts';
import { heartbeatMs, leaseMs } from '../execution.ts';

/** A living worker gives a sign of life within this time, in milliseconds. */
const confirmMs = heartbeatMs + 1500;

/** The silence from which a run is watched, in milliseconds: two looks before it may be lost. */
const watchMs = leaseMs - 2 * confirmMs;

/**
 * Finds runs whose worker is dead, in each call anew. The worker must have been silent for the lease by the
 * database's clock, and also for a moment in which this worker was watching. So when the clock of the database is set
 * forward, or when its machine was suspended, living workers have the time for a sign of life.
 */
export function findLostRuns(store: Store): () => Promise<Run[]> {
  let seen = new Map<string, { heartbeat: number | undefined; since: number }>();
  return async () => {
    const silent = await store.runs.silentFor(watchMs);
    const now = performance.now();
    const before = seen;
    seen = new Map(
      silent.map((run) => {
        const heartbeat = run.heartbeatAt?.getTime();
        const earlier = before.get(run.id);
        return [run.id, earlier?.heartbeat === heartbeat && earlier ? earlier : { heartbeat, since: now }];
      }),
    );
    const isLost = ({ id, silentMs }: SilentRun): boolean =>
      (silentMs ?? Infinity) >= leaseMs && now - (seen.get(id)?.since ?? now) >= confirmMs;
    return silent.filter(isLost);
  };
}
