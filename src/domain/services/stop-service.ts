import { findAndLockService } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type ServiceInput, stopNow } from './start-and-stop.ts';

/**
 * Stops a service. Its process gets SIGTERM, and SIGKILL after the grace time. A planned restart is
 * cancelled.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function stopService({ transaction }: Gateway, input: ServiceInput): Promise<string> {
  return transaction(async (tx) => {
    const service = await findAndLockService(tx, input.service, ['input', 'service']);
    await stopNow(tx, service);
    return service.id;
  });
}
