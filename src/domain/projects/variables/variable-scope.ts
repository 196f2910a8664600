import { InvalidInput } from '../../../errors.ts';
import type { Statements } from '../../../store/index.ts';
import type { VariableScope } from '../../../store/projects/project-variables.ts';
import { findAndLockProject, findEnvironment } from '../../naming/references.ts';

/** The most variables of a project, and of each of its environments. */
export const mostVariables = 500;

/** Whose runs get the variables. */
export interface VariablesOf {
  /** Id or path of the project. */
  project: string;
  /** Id or path of one of its environments; absent for all runs of the project. */
  environment?: string | null | undefined;
}

/** Finds whose variables are meant, and locks the project's row until the transaction ends. @throws NotFound, InvalidInput */
export async function lockScope(
  tx: Statements,
  { project, environment }: VariablesOf,
): Promise<VariableScope> {
  const { id: projectId } = await findAndLockProject(tx, project, ['input', 'project'], 'EXCLUSIVE');
  if (environment == null) return { projectId, environmentId: null };
  const path = ['input', 'environment'];
  const found = await findEnvironment(tx, environment, path);
  if (found.projectId !== projectId) {
    const message = 'The environment belongs to another project.';
    throw new InvalidInput([{ path, code: 'OTHER_PROJECT', message }]);
  }
  return { projectId, environmentId: found.id };
}
