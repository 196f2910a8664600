import { InputCheck, InvalidInput } from '../errors.ts';
import type { RunStatus, Statements } from '../store/index.ts';
import type { RunPlace } from '../store/run.ts';
import { findEnvironment, findJob, findProject, parseId } from './references.ts';

/** How a bulk verb names runs: one by one, or by what they belong to. */
export interface RunFilter {
  /** Ids of runs. */
  runs?: readonly string[] | null | undefined;
  /** Id or path. */
  project?: string | null | undefined;
  /** Id or path. */
  environment?: string | null | undefined;
  /** Id or path. */
  job?: string | null | undefined;
  statuses?: readonly RunStatus[] | null | undefined;
}

/** The most runs that a bulk verb takes at once. */
export const maxRuns = 1000;

/** The runs that were named, each once; or what they belong to. */
export type ChosenRuns = { ids: string[]; place: null } | { ids: null; place: RunPlace };

/**
 * Reads a filter, and notes everything that is wrong with it.
 *
 * @param allowed the statuses that the verb has to do with
 * @param conditions further conditions by their names, which a list of runs does not go with
 * @throws InvalidInput, NotFound
 */
export async function readRunFilter(
  db: Statements,
  { runs, project, environment, job, statuses }: RunFilter,
  allowed: readonly RunStatus[],
  conditions: Readonly<Record<string, unknown>>,
): Promise<ChosenRuns> {
  const check = new InputCheck();
  if ([runs, project, environment, job].filter((one) => one != null).length !== 1) {
    const message = 'Say which runs by exactly one of `runs`, `project`, `environment` and `job`.';
    check.add('filter', 'ONE_OF', message);
  }
  statuses?.forEach((status, i) => {
    if (allowed.includes(status)) return;
    const message = `No run that is ${status} is concerned; the statuses that can be given are ${allowed.join(', ')}.`;
    check.add(`filter.statuses.${i}`, 'BAD_STATUS', message);
  });
  const ids = runs == null ? [] : readIds(check, runs);
  for (const [name, value] of Object.entries({ statuses, ...conditions })) {
    if (runs == null || value == null) continue;
    check.add(
      `filter.${name}`,
      'NOT_WITH_RUNS',
      `\`${name}\` goes with a project, an environment or a job, not with \`runs\`.`,
    );
  }
  check.done();
  if (project != null) {
    const { id } = await findProject(db, project, ['input', 'filter', 'project']);
    return { ids: null, place: { column: 'projectId', id } };
  }
  if (environment != null) {
    const { id } = await findEnvironment(db, environment, ['input', 'filter', 'environment']);
    return { ids: null, place: { column: 'environmentId', id } };
  }
  if (job != null) {
    const { id } = await findJob(db, job, ['input', 'filter', 'job']);
    return { ids: null, place: { column: 'jobId', id } };
  }
  return { ids: [...new Set(ids)], place: null };
}

function readIds(check: InputCheck, runs: readonly string[]): string[] {
  if (runs.length > maxRuns) {
    check.add(
      'filter.runs',
      'TOO_MANY',
      `\`runs\` holds ${runs.length} ids; at most ${maxRuns} are allowed.`,
    );
    return [];
  }
  return runs.flatMap((text, i) => {
    try {
      return parseId('Run', text, []);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const { code, message } of error.fields) check.add(`filter.runs.${i}`, code, message);
      return [];
    }
  });
}
