import type { Statements } from '../../store/index.ts';
import type { OldRuns, Removed } from '../../store/retention/retention.ts';
import type { Gateway } from '../gateway.ts';
import { ownRetention, type Retention } from '../retention-limits.ts';

/** Before every id, and after. */
const noId = '00000000-0000-0000-0000-000000000000';
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

type Retaining = Pick<Gateway, 'db' | 'transaction' | 'retention'>;

/**
 * Removes what is not kept any more: one walk through all projects. Each step is one short transaction, so that a death
 * leaves nothing half done, and of several gateways one works at a time: the walk of another ends.
 *
 * First the lines of runs are given up, so that nobody sees a part of a log. Then they are removed, so many at a time,
 * and at last the runs.
 *
 * Never removed are runs that have not ended, and what is needed still: see `isNotNeeded` in `store/retention/`.
 */
export async function* applyRetention(gateway: Retaining): AsyncGenerator<void, void> {
  yield* removeLines(gateway);
  for (let after: string | null = noId; after !== null;) {
    const projects: { id: string; retention: unknown }[] = await gateway.db.retention.projects(after);
    for (const { id, retention } of projects) {
      yield* retainProject(gateway, id, ownRetention(retention) ?? gateway.retention);
    }
    after = projects.at(-1)?.id ?? null;
  }
}

async function* retainProject(
  gateway: Retaining,
  projectId: string,
  kept: Retention,
): AsyncGenerator<void, void> {
  const logs = { days: least(kept.logDays, kept.runDays), perJob: least(kept.logsPerJob, kept.runsPerJob) };
  yield* oldRuns(gateway, projectId, logs, (tx, ...old) => tx.retention.giveUpLogs(...old));
  if (kept.logMegabytes !== null) yield* limitLogs(gateway, projectId, kept.logMegabytes * 1e6);
  yield* removeLines(gateway);
  const runs = { days: kept.runDays, perJob: kept.runsPerJob };
  yield* oldRuns(gateway, projectId, runs, (tx, ...old) => tx.retention.runs(...old));
  const versions = { days: kept.stateVersionDays, kept: kept.versionsPerState };
  if (versions.days !== null || versions.kept !== null)
    yield* walk(gateway, (tx, after) => tx.retention.versions(projectId, after, versions), true);
  const { tickDays } = kept;
  if (tickDays !== null)
    yield* walk(gateway, (tx, after) => tx.retention.ticks(projectId, after, tickDays), true);
  if (kept.ticksPerSchedule !== null) yield* limitTicks(gateway, projectId, kept.ticksPerSchedule);
}

/** Gives up the lines of the runs for which the newer ones leave no room. */
async function* limitLogs(gateway: Retaining, projectId: string, room: number): AsyncGenerator<void, void> {
  let left = room;
  for (let before: string | undefined = lastId; before !== undefined;) {
    const runs: { id: string; bytes: number }[] = await gateway.db.retention.logSizes(projectId, before);
    yield;
    for (const { id, bytes } of runs) {
      left -= bytes;
      if (left >= 0) continue;
      const now = await gateway.db.now();
      yield* walk(gateway, (tx, after) => tx.retention.giveUpLogs({ projectId, upTo: id }, after, now));
      return;
    }
    before = runs.at(-1)?.id;
  }
}

/** Removes all ticks of schedules but the newest ones. */
async function* limitTicks(gateway: Retaining, projectId: string, kept: number): AsyncGenerator<void, void> {
  for (let after: string | undefined = noId; after !== undefined;) {
    const schedules: { id: string; upTo: Date | null }[] = await gateway.db.retention.schedules(
      projectId,
      after,
      kept,
    );
    yield;
    for (const { id, upTo } of schedules) {
      while (upTo !== null && (await locked(gateway, (tx) => tx.retention.ticksUpTo(id, upTo)))) yield;
    }
    after = schedules.at(-1)?.id;
  }
}

/** Does something to the old runs of a project. */
async function* oldRuns(
  gateway: Retaining,
  projectId: string,
  { days, perJob }: { days: number | null; perJob: number | null },
  remove: (tx: Statements, old: OldRuns, after: string, now: Date) => Promise<Removed>,
): AsyncGenerator<void, void> {
  const now = await gateway.db.now();
  if (days !== null) yield* walk(gateway, (tx, after) => remove(tx, { projectId, days }, after, now));
  if (perJob === null) return;
  for (let after: string | null = noId; after !== null;) {
    const jobs: { id: string; upTo: string | null }[] = await gateway.db.retention.jobs(
      projectId,
      after,
      perJob,
    );
    yield;
    for (const { id: jobId, upTo } of jobs) {
      if (upTo !== null) yield* walk(gateway, (tx, at) => remove(tx, { jobId, upTo }, at, now));
    }
    after = jobs.at(-1)?.id ?? null;
  }
}

/** Removes the lines that were given up, also by a walk that did not come to its end. */
async function* removeLines(gateway: Retaining): AsyncGenerator<void, void> {
  while (await locked(gateway, (tx) => tx.retention.lines())) yield;
}

/**
 * Goes on until nothing is left to remove.
 *
 * @param isRepeated whether a step may leave something of what it looks through, and so is done again
 */
async function* walk(
  gateway: Retaining,
  step: (tx: Statements, after: string) => Promise<Removed>,
  isRepeated = false,
): AsyncGenerator<void, void> {
  for (let after: string | null = noId; after !== null;) {
    const at: string = after;
    const { count, after: next }: Removed = await locked(gateway, (tx) => step(tx, at));
    after = isRepeated && count > 0 ? at : next;
    yield;
  }
}

/** Another gateway is removing something: this walk is over. */
export class BeingRetained extends Error {
  override name = 'BeingRetained';
}

function locked<T>({ transaction }: Retaining, work: (tx: Statements) => Promise<T>): Promise<T> {
  return transaction(async (tx) => {
    if (!(await tx.retention.lock())) throw new BeingRetained('Another gateway is at it.');
    return work(tx);
  });
}

function least(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
