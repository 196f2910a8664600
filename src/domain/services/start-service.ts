import { findAndLockService } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type ServiceInput, startNow } from './start-and-stop.ts';

/**
 * Starts a service. If it waits for a restart, it starts at once; if it is being stopped, it starts after its
 * run has ended; if it runs, it keeps running. The count of restarts begins again at 0.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function startService(gateway: Gateway, input: ServiceInput): Promise<string> {
  return gateway.transaction(async (tx) => {
    const service = await findAndLockService(tx, input.service, ['input', 'service']);
    await tx.services.update(
      service.id,
      service.status === 'RUNNING' ? { restartCount: 0 } : await startNow(gateway, tx, service.currentRunId),
    );
    return service.id;
  });
}
