import type { InputCheck } from '../../errors.ts';
import type { RunKind, RunStatus, Statements } from '../../store/index.ts';
import type { BulkChoice, BulkConditions, BulkScopeRow, BulkSubject } from '../../store/bulk/bulk-choice.ts';
import { parseId } from '../naming/parse-reference.ts';
import { findEnvironment, findJob, findProject } from '../naming/references.ts';

/** The most ids that a filter can list. */
export const maxNamed = 1000;

/** What a bulk verb can choose objects from: all that belong to a project, an environment or a job. */
export interface BulkScope {
  /** Id or path. */
  project?: string | null | undefined;
  /** Id or path. */
  environment?: string | null | undefined;
  /** Id or path. */
  job?: string | null | undefined;
}

/** The filter of a bulk operation as the store keeps it: what was given, with times as texts. */
export interface StoredBulkFilter extends BulkScope {
  ids?: string[] | null;
  pattern?: string | null;
  pair?: string | null;
  kinds?: RunKind[] | null;
  statuses?: RunStatus[] | null;
  createdSince?: string | null;
  createdBefore?: string | null;
  endedBefore?: string | null;
  schedule?: string | null;
  interval?: string | null;
  timeZone?: string | null;
  dueSince?: string | null;
  dueBefore?: string | null;
}

/** The filter of a bulk verb. */
interface Named {
  subject: BulkSubject;
  ids: readonly string[] | null | undefined;
  /**
   * The fields of the filter that name a project, an environment or a job. Fields without a value are
   * included.
   */
  scope: BulkScope;
  /** Further conditions on the objects, by their names in the filter. */
  conditions: BulkConditions;
  /** Collects the mistakes; it may have some already. */
  check: InputCheck;
}

/**
 * Reads the filter of a bulk verb: either a list of ids, or one scope (project, environment or job) with
 * conditions.
 *
 * @param defaults conditions that apply where the filter gives none
 * @throws InvalidInput with everything that is wrong, NotFound
 */
export async function readBulkFilter(
  db: Statements,
  { subject, ids, scope, conditions, check }: Named,
  defaults: BulkConditions = {},
): Promise<BulkChoice> {
  const { project, environment, job } = scope;
  if ([ids, project, environment, job].filter((one) => one != null).length !== 1) {
    const fields = ['ids', ...Object.keys(scope)].map((name) => `\`${name}\``);
    const message = `Choose by exactly one of ${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}.`;
    check.add('filter', 'ONE_OF', message);
  }
  for (const [name, value] of Object.entries(conditions)) {
    if (ids == null || value == null) continue;
    check.add(`filter.${name}`, 'NOT_WITH_IDS', `\`${name}\` goes with a place, not with \`ids\`.`);
  }
  check.done();
  if (ids != null) {
    const named = ids.map((text, i) => parseId(subject, text, ['input', 'filter', 'ids', String(i)]));
    return { subject, ids: [...new Set(named)] };
  }
  const given = Object.entries(conditions).filter(([, value]) => value != null);
  return {
    subject,
    scope: await findScope(db, scope),
    conditions: { ...defaults, ...Object.fromEntries(given) },
  };
}

async function findScope(db: Statements, { project, environment, job }: BulkScope): Promise<BulkScopeRow> {
  const path = (field: string): string[] => ['input', 'filter', field];
  if (project != null) {
    return { column: 'projectId', id: (await findProject(db, project, path('project'))).id };
  }
  if (environment != null) {
    return { column: 'environmentId', id: (await findEnvironment(db, environment, path('environment'))).id };
  }
  return { column: 'jobId', id: (await findJob(db, job ?? '', path('job'))).id };
}
