import { AlreadyExists, Conflict, NotFound } from '../../errors.ts';
import type { Deletable, DeletedRow } from '../../store/lifecycle/lifecycle.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { Statements } from '../../store/index.ts';
import { quoted } from '../../lib/quoted.ts';
import { decodeGlobalId, type GlobalId, type NodeType } from '../naming/global-id.ts';
import { nounOf } from '../naming/parse-reference.ts';
import type { Gateway } from '../gateway.ts';
import type { MutationTarget } from '../rules/mutation-target.ts';
import { isDropped, isPurged } from './row-origin.ts';

export interface UndeleteInput {
  /** Id of the deleted object. */
  id: string;
}

const path = ['input', 'id'];

const deletable: readonly NodeType[] = [
  'Project',
  'Environment',
  'Plugin',
  'Job',
  'Schedule',
  'Service',
] satisfies Deletable[];

/**
 * Brings back a deleted object with its id, and with everything that was deleted together with it.
 *
 * @returns the id of the object
 * @throws NotFound when it is not deleted, or was deleted longer ago than the retention; AlreadyExists when
 *   another object has its name now; Conflict when its parent is deleted too, or when the project's files do
 *   not have it any more
 */
export async function undelete(
  { transaction, deletedRetentionMs }: Pick<Gateway, 'transaction' | 'deletedRetentionMs'>,
  input: UndeleteInput,
): Promise<GlobalId> {
  const { type, id } = readId(input);
  try {
    await transaction(async (tx) => {
      const found = await findDeleted(tx, type, id);
      const deletedAt = found?.row.deletedAt;
      // Read while the purge is held off, from the same clock that it goes by: what it has begun with is over.
      const after = (await tx.now()).getTime() - deletedRetentionMs;
      if (!found || !deletedAt || deletedAt.getTime() <= after || isPurged(found.row)) {
        throw notDeleted(type);
      }
      refuseOrphan(found);
      await restore(tx, found, deletedAt);
    });
  } catch (error) {
    if (isDuplicate(error)) {
      const what = type === 'Project' ? 'Its name or its directory' : 'Its name';
      throw new AlreadyExists(
        `${what} was given to another ${nounOf(type)} meanwhile; rename or delete that one first.`,
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
 * @throws NotFound when there is none with that id
 */
export async function targetOfUndelete(db: Statements, input: UndeleteInput): Promise<MutationTarget> {
  const { type, id } = readId(input);
  if (!(await db.lifecycle.rowToRestore(type, id))) throw notDeleted(type);
  return { table: type, id };
}

/** @throws NotFound */
function readId({ id: text }: UndeleteInput): { type: Deletable; id: string } {
  const globalId = decodeGlobalId(text);
  if (globalId && isDeletable(globalId.type)) return { type: globalId.type, id: globalId.id };
  throw new NotFound(
    `${quoted(text)} is not the id of a project, an environment, a plugin, a job, a schedule or a service.`,
    path,
  );
}

function isDeletable(type: NodeType): type is Deletable {
  return deletable.includes(type);
}

function notDeleted(type: Deletable): NotFound {
  return new NotFound(`There is no deleted ${nounOf(type)} of that id, or its time is over.`, path);
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
function refuseOrphan(found: DeletedRow): void {
  const gone = (what: string): Conflict =>
    new Conflict(`The ${what} that it belongs to is deleted, too; bring that back first.`, path);
  if (found.type !== 'Project' && found.project.deletedAt) throw gone('project');
  if ('environment' in found && found.environment.deletedAt) throw gone('environment');
  if (found.type === 'Schedule' && found.job?.deletedAt) throw gone('job');
  if (found.type === 'Environment' || found.type === 'Plugin') {
    if (isDropped(found.row)) {
      throw new Conflict(
        "It is no longer in the project's files, so that Meltano does not know it; put it back there, and the next import brings it back.",
        path,
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
