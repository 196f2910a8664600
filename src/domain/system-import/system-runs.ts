import { isUuid } from '../../lib/uuid.ts';
import type { SystemRun } from '../../runner/system-database/system-database.ts';
import type { ImportedBlock, ImportedRun } from '../../store/runs/imported-runs.ts';
import { partsOfStateId } from '../../store/states/state-id-parts.ts';
import type { Environment, Job } from '../../store/index.ts';
import type { ImportReport, SkipReason } from './import-report.ts';
import { environmentIn, type Environments } from './environment-in.ts';

/** An environment of the project with its jobs. */
export interface EnvironmentWithJobs extends Pick<
  Environment,
  'id' | 'projectId' | 'name' | 'stateIdSuffix'
> {
  jobs: readonly Pick<Job, 'id' | 'name' | 'pairs'>[];
}

/**
 * After this time without a heartbeat, Meltano counts a pair as dead; in milliseconds. Source: Meltano
 * `core/job/job.py`.
 */
const staleMs = { afterHeartbeat: 5 * 60_000, withoutAny: 24 * 3600_000 };

/**
 * Makes runs from the rows of a system database. Rows of one invocation of Meltano become the blocks of one
 * run. Meltano has not stored the command line, nor other blocks of the invocation, such as commands of
 * plugins.
 */
export function runsOf(
  rows: readonly SystemRun[],
  environments: Environments<EnvironmentWithJobs>,
  now: Date,
  report: ImportReport,
): ImportedRun[] {
  const invocations = new Map<string, [SystemRun, ...SystemRun[]]>();
  for (const row of rows) {
    if (row.runId === null) {
      report.skip('RUN', row.stateId, 'BAD_RUN');
      continue;
    }
    const known = invocations.get(row.runId);
    if (known) known.push(row);
    else invocations.set(row.runId, [row]);
  }
  return [...invocations.values()].flatMap((invocation) => {
    const [{ stateId }] = invocation;
    const environment = environmentIn(environments, stateId);
    const isOfOne = invocation.every((row) => environmentIn(environments, row.stateId) === environment);
    let run: ImportedRun | SkipReason = 'BAD_RUN';
    if (environment === null && stateId !== null) run = 'NO_ENVIRONMENT';
    if (environment !== null && isOfOne) run = runOf(invocation, environment, now);
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
    const block = blockOf(row, position, environment.name);
    if (!block) return 'BAD_RUN';
    blocks.push(block);
  }
  const [{ runId, stateId, startedAt }] = rows;
  const suffix = partsOfStateId(stateId ?? '')?.suffix ?? null;
  if (runId === null || !isUuid(runId) || startedAt === null) return 'BAD_RUN';
  const status = rows.every((row) => row.status === 'SUCCESS')
    ? 'SUCCEEDED'
    : rows.some((row) => row.status === 'FAIL')
      ? 'FAILED'
      : 'LOST';
  return {
    projectId: environment.projectId,
    environmentId: environment.id,
    jobId: jobOf(blocks, status === 'SUCCEEDED', suffix, environment.jobs),
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
  // There was no heartbeat for too long.
  ['RUNNING', 'ABANDONED'],
  ['DEAD', 'ABANDONED'],
  ['IDLE', 'ABANDONED'],
]);

/** Null when the row does not come from `meltano run`, nor from `meltano elt` with an id that names no environment. */
function blockOf(row: SystemRun, position: number, environmentName: string): ImportedBlock | null {
  const { stateId, startedAt, endedAt, error } = row;
  const status = statuses.get(row.status ?? '');
  if (stateId === null || status === undefined) return null;
  const plugins = pluginsIn(stateId);
  if (plugins === null && stateId.startsWith(`${environmentName}:`)) return null;
  // No name of a plugin that runs has blanks.
  if (plugins && /\s/.test(plugins.extractor + plugins.loader)) return null;
  return {
    position,
    command: plugins ? `${plugins.extractor} ${plugins.loader}` : stateId,
    extractor: plugins?.extractor ?? null,
    loader: plugins?.loader ?? null,
    stateId,
    status,
    errorMessage: error,
    startedAt,
    endedAt,
    durationSeconds: startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null,
  };
}

/**
 * The plugins that a state id tells; null when it tells none. `meltano elt` makes `<time>--<extractor>--<loader>` when
 * it is given no id. Source: Meltano `cli/elt.py`.
 */
function pluginsIn(stateId: string): { extractor: string; loader: string } | null {
  const [, time = null] = /^(\d{4}-\d\d-\d\dT\d{6})--/.exec(stateId) ?? [];
  if (time === null) return partsOfStateId(stateId);
  const [extractor = '', ...loader] = stateId.slice(time.length + 2).split('--');
  return extractor === '' || loader.length === 0 ? null : { extractor, loader: loader.join('--') };
}

/**
 * The job that was run; null when none is known. A job fits when its pairs are the same as the run's, or begin with
 * them if the run did not end normally. Of several, the one whose name is the suffix of the state id was run. A state
 * id that tells no plugins may be the name of the job itself.
 */
function jobOf(
  blocks: readonly ImportedBlock[],
  isWhole: boolean,
  suffix: string | null,
  jobs: EnvironmentWithJobs['jobs'],
): string | null {
  const [{ extractor: first, stateId } = { extractor: null, stateId: null }] = blocks;
  if (first === null) return jobs.find(({ name }) => name === stateId)?.id ?? null;
  const pairs = [...new Set(blocks.map(({ extractor, loader }) => `${extractor ?? ''}-to-${loader ?? ''}`))];
  const fitting = jobs.filter(
    (job) =>
      pairs.every((pair, i) => job.pairs[i] === pair) && (!isWhole || job.pairs.length === pairs.length),
  );
  const [only] = fitting.length === 1 ? fitting : fitting.filter(({ name }) => name === suffix);
  return only?.id ?? null;
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
