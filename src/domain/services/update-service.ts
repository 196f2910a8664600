import { InputCheck } from '../../errors.ts';
import { findAndLockService } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { type ServiceFields, checkFields } from './service-fields.ts';

export interface UpdateServiceInput extends ServiceFields {
  /** Id or path of the service. */
  service: string;
}

/**
 * Changes the given fields of a service. The current run keeps its command, arguments and variables.
 *
 * @throws NotFound, InvalidInput
 */
export async function updateService(gateway: Gateway, input: UpdateServiceInput): Promise<Updated> {
  return gateway.transaction(async (tx) => {
    const { id, environment, ...before } = await findAndLockService(tx, input.service, ['input', 'service']);
    const check = new InputCheck();
    const fields = await checkFields(gateway, tx, check, environment.projectId, input);
    check.done();
    const { revision } = await tx.services.update(id, fields);
    return { id, isChanged: revision !== before.revision };
  });
}
