import { AlreadyExists, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Deletable, DeletedRow } from '../../store/lifecycle/lifecycle.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { parseId } from '../naming/parse-reference.ts';
import type { Gateway } from '../gateway.ts';
import type { MutationTarget } from '../rules/mutation-target.ts';
import { isDropped, isPurged } from './row-origin.ts';

type Optional<T> = T | null | undefined;

export interface UndeleteInput {
  /** Exactly one of them: the id of the deleted object. */
  resource: {
    project?: Optional<string>;
    environment?: Optional<string>;
    plugin?: Optional<string>;
    job?: Optional<string>;
    schedule?: Optional<string>;
    service?: Optional<string>;
  };
}

const kinds = [
  ['project', 'Project'],
  ['environment', 'Environment'],
  ['plugin', 'Plugin'],
  ['job', 'Job'],
  ['schedule', 'Schedule'],
  ['service', 'Service'],
] as const satisfies [keyof UndeleteInput['resource'], Deletable][];

/**
 * Brings back a deleted object with its id, and with everything that was deleted together with it.
 *
 * @returns the id of the object
 * @throws NotFound when it is not deleted, or was deleted longer ago than the retention; AlreadyExists when
 *   another object has its name now; Conflict when its parent is deleted too, or when the project's files do
 *   not have it any more; InvalidInput
 */
export async function undelete(
  { transaction, deletedRetentionMs }: Pick<Gateway, 'transaction' | 'deletedRetentionMs'>,
  { resource }: UndeleteInput,
): Promise<GlobalId> {
  const { field, type, id, path } = readResource(resource);
  try {
    await transaction(async (tx) => {
      const found = await findDeleted(tx, type, id);
      const deletedAt = found?.row.deletedAt;
      // Read while the purge is held off, from the same clock that it goes by: what it has begun with is over.
      const after = (await tx.now()).getTime() - deletedRetentionMs;
      if (!found || !deletedAt || deletedAt.getTime() <= after || isPurged(found.row)) {
        throw notDeleted(field, path);
      }
      refuseOrphan(found, path);
      await restore(tx, found, deletedAt);
    });
  } catch (error) {
    if (isDuplicate(error)) {
      const what = type === 'Project' ? 'Its name or its directory' : 'Its name';
      throw new AlreadyExists(
        `${what} was given to another ${field} meanwhile; rename or delete that one first.`,
        path,
      );
    }
    throw error;
  }
  return { type, id };
}

/**
 * Finds the object that `undelete` brings back.
 *
 * @throws NotFound when there is none with that id; InvalidInput
 */
export async function targetOfUndelete(db: Statements, { resource }: UndeleteInput): Promise<MutationTarget> {
  const { field, type, id, path } = readResource(resource);
  if (!(await db.lifecycle.rowToRestore(type, id))) throw notDeleted(field, path);
  return { table: type, id };
}

/** @throws InvalidInput */
function readResource(resource: UndeleteInput['resource']) {
  for (const [field, type] of kinds) {
    const text = resource[field];
    const path = ['input', 'resource', field];
    if (text != null) return { field, type, id: parseId(type, text, path), path };
  }
  const message = 'Name a project, an environment, a plugin, a job, a schedule or a service.';
  throw new InvalidInput([{ path: ['input', 'resource'], code: 'MISSING', message }]);
}

function notDeleted(field: string, at: readonly string[]): NotFound {
  return new NotFound(`There is no deleted ${field} of that id, or its time is over.`, at);
}

/**
 * Holds off the purge, so that it does not begin with anything in the row, and locks the project's row, so that
 * nothing in it is deleted, moved or imported in the meantime.
 */
async function findDeleted(tx: Statements, type: Deletable, id: string): Promise<DeletedRow | null> {
  const seen = await tx.lifecycle.rowToRestore(type, id);
  if (!seen) return null;
  // First, because a purge holds its lock when it locks rows.
  await tx.purge.holdOff();
  await tx.rowLocks.project(seen.project.id, 'EXCLUSIVE');
  // Read again: from now on no other transaction can change it.
  return tx.lifecycle.rowToRestore(type, id);
}

/** @throws Conflict */
function refuseOrphan(found: DeletedRow, at: readonly string[]): void {
  const gone = (what: string): Conflict =>
    new Conflict(`The ${what} that it belongs to is deleted, too; bring that back first.`, at);
  if (found.type !== 'Project' && found.project.deletedAt) throw gone('project');
  if ('environment' in found && found.environment.deletedAt) throw gone('environment');
  if (found.type === 'Schedule' && found.job?.deletedAt) throw gone('job');
  if (found.type === 'Environment' || found.type === 'Plugin') {
    if (isDropped(found.row)) {
      throw new Conflict(
        "It is no longer in the project's files, so that Meltano does not know it; put it back there, and the next import brings it back.",
        at,
      );
    }
  }
}

async function restore(tx: Statements, found: DeletedRow, deletedAt: Date): Promise<void> {
  const { type, row, project } = found;
  if (type === 'Schedule') await tx.schedules.update(row.id, { environmentId: found.environment.id });
  await tx.lifecycle.markDeleted(type, row.id, null);
  await tx.lifecycle.restoreWithin(type, row.id, { deletedAt });
  // While it was deleted, imports skipped its contents.
  if (type === 'Environment') await tx.projects.forgetImport(project.id);
  if (type === 'Plugin') await tx.projects.touch(project.id);
}
