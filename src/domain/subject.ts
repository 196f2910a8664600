import type { Statements } from '../store/index.ts';
import type { RevisedTable } from '../store/revision.ts';
import {
  findEnvironment,
  findJob,
  findPlugin,
  findProject,
  findSchedule,
  findService,
  findState,
} from './references.ts';

/** An object that a mutation is to change. */
export interface Subject {
  table: RevisedTable;
  id: string;
}

const finders = {
  Project: findProject,
  Environment: findEnvironment,
  Plugin: findPlugin,
  Job: findJob,
  Schedule: findSchedule,
  Service: findService,
  State: findState,
} satisfies Record<RevisedTable, unknown>;

/** Finds what a mutation is to change, where its input names it outright. @throws NotFound, InvalidInput */
export async function subjectOf<Table extends RevisedTable>(
  db: Statements,
  table: Table,
  text: string,
  path: readonly string[],
): Promise<Subject & { table: Table }> {
  return { table, id: (await finders[table](db, text, path)).id };
}
