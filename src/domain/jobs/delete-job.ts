import { deleteWithContents, type DeleteOptions } from '../lifecycle/delete-with-contents.ts';
import { findAndLockJob } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface DeleteJobInput extends DeleteOptions {
  /** Id or path of the job. */
  job: string;
}

/**
 * Deletes a job: lists and paths do not find it any more. Its runs stay.
 *
 * @throws NotFound, InvalidInput; Conflict when it has schedules, unless `force` deletes them too; Busy when
 *   one of its runs has not ended
 */
export async function deleteJob({ transaction }: Gateway, input: DeleteJobInput): Promise<string> {
  const path = ['input', 'job'];
  return transaction(async (tx) => {
    const { id } = await findAndLockJob(tx, input.job, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Job', id, input, path);
    return id;
  });
}
