import { findAndLockService } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type ServiceInput, startNow } from './start-and-stop.ts';

/**
 * Stops a service, and starts it again after its run has ended. Starts a service that does not run.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function restartService(gateway: Gateway, input: ServiceInput): Promise<string> {
  return gateway.transaction(async (tx) => {
    const service = await findAndLockService(tx, input.service, ['input', 'service']);
    if (service.currentRunId !== null) await tx.runs.requestCancel(service.currentRunId);
    await tx.services.update(service.id, await startNow(gateway, tx, service.currentRunId));
    return service.id;
  });
}
