import { Busy } from '../../errors.ts';
import type { DeleteOptions } from '../lifecycle/delete-with-contents.ts';
import { findAndLockService } from '../naming/references.ts';
import { stopNow } from './start-and-stop.ts';
import type { Gateway } from '../gateway.ts';

export interface DeleteServiceInput extends DeleteOptions {
  /** Id or path of the service. */
  service: string;
}

/**
 * Deletes a service: lists and paths do not find it any more. Its runs stay.
 *
 * @throws NotFound, InvalidInput; Busy while it runs, unless `force` stops it
 */
export async function deleteService({ transaction }: Gateway, input: DeleteServiceInput): Promise<string> {
  const path = ['input', 'service'];
  return transaction(async (tx) => {
    const service = await findAndLockService(tx, input.service, path);
    if (service.currentRunId !== null && input.force !== true) {
      throw new Busy(
        'The service runs; stop it and wait until it has ended, or give `force: true` to stop it and delete it at once.',
        service.currentRunId,
        path,
      );
    }
    await stopNow(tx, service);
    await tx.lifecycle.markDeleted('Service', service.id, await tx.now());
    return service.id;
  });
}
