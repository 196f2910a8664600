import { AlreadyExists, Conflict, InvalidInput, NotFound } from '../errors.ts';
import type { Deletable, DeletedRow } from '../store/deletion.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { Statements } from '../store/index.ts';
import type { GlobalId } from './global-id.ts';
import { parseId } from './parse-reference.ts';
import type { Services } from './services.ts';
import type { Subject } from './subject.ts';

type Optional<T> = T | null | undefined;

export interface UndeleteInput {
  /** Exactly one of them: the id of what was deleted. */
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
 * Brings back what was deleted, under its id, with what was deleted together with it.
 *
 * @returns the id of what was brought back
 * @throws NotFound when it is not deleted, or when its time is over; AlreadyExists when its name was taken
 *   meanwhile; Conflict when what it belongs to is deleted, too, or when the project's files no longer have it;
 *   InvalidInput
 */
export async function undelete(
  { store, deletedRetentionMs }: Services,
  { resource }: UndeleteInput,
): Promise<GlobalId> {
  const { field, type, id, path } = readResource(resource);
  const after = Date.now() - deletedRetentionMs;
  try {
    await store.transaction(async (tx) => {
      const found = await findDeleted(tx, type, id);
      const deleteTime = found?.row.deleteTime;
      if (!found || !deleteTime || deleteTime.getTime() <= after) {
        throw notDeleted(field, path);
      }
      refuseOrphan(found, path);
      await restore(tx, found, deleteTime);
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

/** What `undelete` is to bring back. @throws NotFound when there is none of that id; InvalidInput */
export async function deletedSubject(db: Statements, { resource }: UndeleteInput): Promise<Subject> {
  const { field, type, id, path } = readResource(resource);
  if (!(await db.rowToRestore(type, id))) throw notDeleted(field, path);
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

function notDeleted(field: string, path: readonly string[]): NotFound {
  return new NotFound(`There is no deleted ${field} of that id, or its time is over.`, path);
}

/** Holds the project, so that nothing in it is deleted, moved or imported meanwhile. */
async function findDeleted(tx: Statements, type: Deletable, id: string): Promise<DeletedRow | null> {
  const seen = await tx.rowToRestore(type, id);
  if (!seen) return null;
  await tx.holdProject(seen.project.id, 'EXCLUSIVE');
  // Read again, now that nobody can change it.
  return tx.rowToRestore(type, id);
}

/** @throws Conflict */
function refuseOrphan(found: DeletedRow, path: readonly string[]): void {
  const gone = (what: string): Conflict =>
    new Conflict(`The ${what} that it belongs to is deleted, too; bring that back first.`, path);
  if (found.type !== 'Project' && found.project.deleteTime) throw gone('project');
  if ('environment' in found && found.environment.deleteTime) throw gone('environment');
  if (found.type === 'Schedule' && found.job?.deleteTime) throw gone('job');
  if (found.type === 'Environment' || found.type === 'Plugin') {
    const { manifestKey, manifestDigest } = found.row;
    if (manifestKey !== null && manifestDigest === null) {
      throw new Conflict(
        "It is no longer in the project's files, so that Meltano does not know it; put it back there, and the next import brings it back.",
        path,
      );
    }
  }
}

async function restore(tx: Statements, found: DeletedRow, deleteTime: Date): Promise<void> {
  const { type, row, project } = found;
  if (type === 'Schedule') await tx.updateSchedule(row.id, { environmentId: found.environment.id });
  await tx.markDeleted(type, row.id, null);
  await tx.restoreWithin(type, row.id, deleteTime);
  // Imports have passed over what was in it.
  if (type === 'Environment') await tx.forgetImport(project.id);
  if (type === 'Plugin') await tx.touchProject(project.id);
}
