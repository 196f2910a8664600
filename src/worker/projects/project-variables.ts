import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { variablesOfProject } from '../../domain/projects/variables/locked-variables.ts';
import type { Prisma } from '../../store/index.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';

/**
 * The variables of a run with those of its project and its environment. They are never stored with the run.
 *
 * @param env the run's own variables
 * @throws Error when a secret is encrypted with another key
 */
export async function withProjectVariables(
  { store, gateway, persist }: Execution,
  { projectId, environmentId }: RunToExecute,
  env: Prisma.JsonValue,
): Promise<StoredVariable[]> {
  const own = env as unknown as StoredVariable[];
  const variables = await persist(() => store.projectVariables.ofRun(projectId, environmentId));
  if (variables.length === 0) return own;
  const names = new Set(own.map(({ name }) => name));
  return [...variablesOfProject(gateway.vault, variables, names), ...own];
}
