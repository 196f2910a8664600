import type { Gateway } from '../../gateway.ts';
import type { Updated } from '../../updated.ts';
import { lockScope, type VariablesOf } from './variable-scope.ts';

export interface UnsetProjectEnvInput extends VariablesOf {
  /** Names of variables. Those that are not set stay unset. */
  names: readonly string[];
}

/** Removes variables that runs of a project get. @throws NotFound, InvalidInput */
export async function unsetProjectEnv(
  { transaction }: Gateway,
  input: UnsetProjectEnvInput,
): Promise<Updated> {
  return transaction(async (tx) => {
    const scope = await lockScope(tx, input);
    const present = await tx.projectVariables.in(scope, input.names);
    const ids = present.map(({ id }) => id);
    if (ids.length > 0) await tx.projectVariables.remove(scope.projectId, ids);
    return { id: scope.projectId, isChanged: ids.length > 0 };
  });
}
