import type { SystemRun } from '../runner/system-database.ts';
import type { ImportedBlock, ImportedRun } from '../store/imported-run.ts';
import type { Environment, Job } from '../store/index.ts';
import type { ImportReport, SkipReason } from './import-report.ts';
import { environmentIn } from './system-states.ts';

/** An environment of the project with its jobs. */
export interface EnvironmentWithJobs extends Pick<
  Environment,
  'id' | 'projectId' | 'name' | 'stateIdSuffix'
> {
  jobs: readonly Pick<Job, 'id' | 'pairs'>[];
}

/** A pair without a sign of life for so long has been killed, in milliseconds. Source: Meltano `core/job/job.py`. */
const staleMs = { afterHeartbeat: 5 * 60_000, withoutAny: 24 * 3600_000 };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Makes runs of the rows of a system database: those of one invocation of Meltano are the blocks of one run. What
 * else the invocation did, such as commands, and how it was called, Meltano has not kept.
 *
 * @param environments those of the project, by name
 */
export function runsOf(
  rows: readonly SystemRun[],
  environments: ReadonlyMap<string, EnvironmentWithJobs>,
  now: Date,
  report: ImportReport,
): ImportedRun[] {
  const invocations = new Map<string, [SystemRun, ...SystemRun[]]>();
  for (const row of rows) {
    const known = invocations.get(row.runId);
    if (known) known.push(row);
    else invocations.set(row.runId, [row]);
  }
  return [...invocations.values()].flatMap((invocation) => {
    const [{ stateId }] = invocation;
    const environment = environmentIn(environments, stateId);
    const run = environment ? runOf(invocation, environment, now) : 'NO_ENVIRONMENT';
    if (typeof run !== 'string') return [run];
    report.skip('RUN', stateId, run);
    return [];
  });
}

function runOf(
  rows: readonly [SystemRun, ...SystemRun[]],
  environment: EnvironmentWithJobs,
  now: Date,
): ImportedRun | SkipReason {
  const blocks: ImportedBlock[] = [];
  for (const [position, row] of rows.entries()) {
    if (row.status === 'RUNNING' && !isStale(row, now)) return 'STILL_RUNNING';
    const block = blockOf(row, position);
    if (!block || !row.stateId.startsWith(`${environment.name}:`)) return 'BAD_RUN';
    blocks.push(block);
  }
  const [{ runId, startedAt }] = rows;
  const suffix = suffixOf(rows[0].stateId);
  if (!uuid.test(runId) || startedAt === null) return 'BAD_RUN';
  const status = rows.every((row) => row.status === 'SUCCESS')
    ? 'SUCCEEDED'
    : rows.some((row) => row.status === 'FAIL')
      ? 'FAILED'
      : 'LOST';
  return {
    projectId: environment.projectId,
    environmentId: environment.id,
    jobId: jobOf(blocks, status === 'SUCCEEDED', environment.jobs),
    meltanoRunId: runId,
    status,
    command: blocks.map(({ command }) => command).join(' '),
    stateIdSuffix: suffix !== environment.stateIdSuffix ? suffix : null,
    startedAt,
    endedAt: latest(rows.map((row) => row.endedAt ?? row.heartbeatAt ?? row.startedAt)),
    heartbeatAt: latest(rows.map((row) => row.heartbeatAt)),
    errorMessage:
      status === 'LOST'
        ? 'Meltano has not recorded an end of the run.'
        : (rows.find((row) => row.error !== null)?.error ?? null),
    blocks,
  };
}

const statuses = new Map<string, ImportedBlock['status']>([
  ['SUCCESS', 'SUCCEEDED'],
  ['FAIL', 'FAILED'],
  // No sign of life.
  ['RUNNING', 'ABANDONED'],
  ['DEAD', 'ABANDONED'],
  ['IDLE', 'ABANDONED'],
]);

/** A state id as `meltano run` makes it. Source: Meltano `cli/state.py`. */
const conventional = /^[^:]+:([^:\s]+)-to-([^:\s]+)(?::(.+))?$/;

function suffixOf(stateId: string): string | null {
  return conventional.exec(stateId)?.[3] ?? null;
}

/** Null when the row is none that `meltano run` makes. */
function blockOf(row: SystemRun, position: number): ImportedBlock | null {
  const { stateId, startedAt, endedAt, error } = row;
  const [, extractor, loader] = conventional.exec(stateId) ?? [];
  const status = statuses.get(row.status);
  if (extractor === undefined || loader === undefined || status === undefined) return null;
  return {
    position,
    command: `${extractor} ${loader}`,
    extractor,
    loader,
    stateId,
    status,
    errorMessage: error,
    startedAt,
    endedAt,
    durationSeconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null,
  };
}

/**
 * The job that was run, if it can be no other: the only one whose pairs are these, or begin with these when the run
 * did not come to its end.
 */
function jobOf(
  blocks: readonly ImportedBlock[],
  isWhole: boolean,
  jobs: EnvironmentWithJobs['jobs'],
): string | null {
  const pairs = [...new Set(blocks.map(({ extractor, loader }) => `${extractor ?? ''}-to-${loader ?? ''}`))];
  const fitting = jobs.filter(
    (job) =>
      pairs.every((pair, i) => job.pairs[i] === pair) && (!isWhole || job.pairs.length === pairs.length),
  );
  return fitting.length === 1 ? (fitting[0]?.id ?? null) : null;
}

function isStale({ heartbeatAt, startedAt }: SystemRun, now: Date): boolean {
  const until = heartbeatAt
    ? heartbeatAt.getTime() + staleMs.afterHeartbeat
    : (startedAt?.getTime() ?? 0) + staleMs.withoutAny;
  return until < now.getTime();
}

function latest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((time) => (time ? [time.getTime()] : []));
  return known.length > 0 ? new Date(Math.max(...known)) : null;
}
