import { InputCheck, InvalidInput } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { BulkChoice, BulkConditions, BulkPlace, BulkSubject } from '../store/bulk-choice.ts';
import { parseId } from './parse-reference.ts';
import { findEnvironment, findJob, findProject } from './references.ts';

/** The most objects that can be named one by one. */
export const maxNamed = 1000;

/** Places by which a bulk verb can choose objects. */
export interface BulkPlaces {
  /** Id or path. */
  project?: string | null | undefined;
  /** Id or path. */
  environment?: string | null | undefined;
  /** Id or path. */
  job?: string | null | undefined;
}

/** How a bulk verb names its objects. */
interface Named {
  subject: BulkSubject;
  /** The field of the filter that lists ids, such as `runs`. */
  field: string;
  ids: readonly string[] | null | undefined;
  /** The fields of the filter that name places, those that are not given among them. */
  places: BulkPlaces;
  /** Conditions on what is in a place, by their names in the filter. */
  conditions: BulkConditions;
  /** Where mistakes were noted so far. */
  check: InputCheck;
}

/**
 * Reads the filter of a bulk verb: ids, or one place with further conditions.
 *
 * @param defaults conditions that hold where the filter says nothing
 * @throws InvalidInput with everything that is wrong, NotFound
 */
export async function readBulkFilter(
  db: Statements,
  { subject, field, ids, places, conditions, check }: Named,
  defaults: BulkConditions = {},
): Promise<BulkChoice> {
  const { project, environment, job } = places;
  if ([ids, project, environment, job].filter((one) => one != null).length !== 1) {
    const fields = [field, ...Object.keys(places)].map((name) => `\`${name}\``);
    const message = `Choose by exactly one of ${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}.`;
    check.add('filter', 'ONE_OF', message);
  }
  const named = ids == null ? [] : readIds(check, subject, field, ids);
  for (const [name, value] of Object.entries(conditions)) {
    if (ids == null || value == null) continue;
    check.add(`filter.${name}`, 'NOT_WITH_IDS', `\`${name}\` goes with a place, not with \`${field}\`.`);
  }
  check.done();
  if (ids != null) return { subject, ids: [...new Set(named)] };
  const given = Object.entries(conditions).filter(([, value]) => value != null);
  return {
    subject,
    place: await findPlace(db, places),
    conditions: { ...defaults, ...Object.fromEntries(given) },
  };
}

function readIds(check: InputCheck, type: BulkSubject, field: string, texts: readonly string[]): string[] {
  if (texts.length > maxNamed) {
    const message = `\`${field}\` holds ${texts.length} ids; at most ${maxNamed} are allowed.`;
    check.add(`filter.${field}`, 'TOO_MANY', message);
    return [];
  }
  return texts.flatMap((text, i) => {
    try {
      return parseId(type, text, []);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const { code, message } of error.fields) check.add(`filter.${field}.${i}`, code, message);
      return [];
    }
  });
}

async function findPlace(db: Statements, { project, environment, job }: BulkPlaces): Promise<BulkPlace> {
  const path = (field: string): string[] => ['input', 'filter', field];
  if (project != null) {
    return { column: 'projectId', id: (await findProject(db, project, path('project'))).id };
  }
  if (environment != null) {
    return { column: 'environmentId', id: (await findEnvironment(db, environment, path('environment'))).id };
  }
  return { column: 'jobId', id: (await findJob(db, job ?? '', path('job'))).id };
}
