import type { Statements } from '../../store/index.ts';
import type { RevisedTable } from '../../store/rules/revisions.ts';
import {
  findEnvironment,
  findJob,
  findPlugin,
  findProject,
  findSchedule,
  findService,
  findState,
  findWebhook,
  findWorker,
} from '../naming/references.ts';

/** An object that a mutation changes. */
export interface MutationTarget {
  table: RevisedTable;
  id: string;
}

/** A table whose rows have an id and a path, by which callers refer to them. */
type ReferredTable = Exclude<RevisedTable, 'ProjectFile'>;

const finders = {
  Project: findProject,
  Environment: findEnvironment,
  Plugin: findPlugin,
  Job: findJob,
  Schedule: findSchedule,
  Service: findService,
  State: findState,
  Worker: findWorker,
  Webhook: findWebhook,
} satisfies Record<ReferredTable, unknown>;

/** Finds the object that a mutation changes, by its reference in the input. @throws NotFound, InvalidInput */
export async function mutationTarget<Table extends ReferredTable>(
  db: Statements,
  table: Table,
  text: string,
  at: readonly string[],
): Promise<MutationTarget & { table: Table }> {
  return { table, id: (await finders[table](db, text, at)).id };
}
