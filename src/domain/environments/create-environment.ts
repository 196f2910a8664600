import { InputCheck } from '../../errors.ts';
import { checkName } from '../naming/names.ts';
import { releaseName, refuseReadOnly } from '../mirror/edit-manifest.ts';
import { found } from '../naming/parse-reference.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import {
  type EnvironmentFields,
  checkFields,
  environmentExists,
  writeEnvironment,
} from './environment-fields.ts';

export interface CreateEnvironmentInput extends EnvironmentFields {
  /** Id or path of the project. */
  project: string;
  name: string;
}

/** Adds an environment to a managed project. @throws NotFound, InvalidInput, AlreadyExists, Conflict */
export async function createEnvironment(gateway: Gateway, input: CreateEnvironmentInput): Promise<string> {
  const { name } = input;
  const check = new InputCheck();
  checkName(check, 'name', name);
  checkFields(gateway, check, input);
  check.done();
  const path = ['input', 'name'];
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseReadOnly(project, ['input', 'project']);
    if (await tx.environments.byName(project.id, name)) {
      throw environmentExists(name, path);
    }
    const namesakes = (await tx.environments.of(project.id)).filter((row) => row.name === name);
    await releaseName(tx, 'Environment', namesakes, `environment "${name}"`, path);
    await writeEnvironment(tx, project, name, input);
    return found(await tx.environments.byName(project.id, name), 'Environment', name, path).id;
  });
}
