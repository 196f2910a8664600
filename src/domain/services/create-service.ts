import { InputCheck } from '../../errors.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockEnvironment, findEnvironment } from '../naming/references.ts';
import { startNow } from './start-and-stop.ts';
import type { Gateway } from '../gateway.ts';
import { type ServiceFields, type Optional, checkFields, serviceExists } from './service-fields.ts';

export interface CreateServiceInput extends ServiceFields {
  /** Id or path of the environment. */
  environment: string;
  name: string;
  command: string;
  /** Whether to start it at once; false when absent. */
  start?: Optional<boolean>;
}

/** Adds a service to an environment. @throws NotFound, InvalidInput, AlreadyExists */
export async function createService(gateway: Gateway, input: CreateServiceInput): Promise<string> {
  const { db, transaction } = gateway;
  const path = ['input', 'environment'];
  const { name, command } = input;
  const { name: environmentName } = await findEnvironment(db, input.environment, path);
  try {
    return await transaction(async (tx) => {
      const environment = await findAndLockEnvironment(tx, input.environment, path, 'SHARED');
      const check = new InputCheck();
      checkName(check, 'name', name);
      const fields = await checkFields(gateway, tx, check, environment.projectId, input);
      check.done();
      const { id } = await tx.services.create({
        ...fields,
        ...(input.start === true ? await startNow(gateway, tx, null) : {}),
        environmentId: environment.id,
        name,
        command,
      });
      return id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw serviceExists(name, environmentName, ['input', 'name']);
    throw error;
  }
}
