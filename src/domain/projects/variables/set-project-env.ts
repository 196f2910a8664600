import { InputCheck } from '../../../errors.ts';
import { newId } from '../../../lib/uuid.ts';
import type { Vault } from '../../../lib/vault/vault.ts';
import type { ProjectVariable } from '../../../store/index.ts';
import type { NewVariable } from '../../../store/projects/project-variables.ts';
import {
  checkVariables,
  toStoredVariables,
  type StoredVariable,
  type Variable,
} from '../../definitions/environment-variables.ts';
import type { Gateway } from '../../gateway.ts';
import type { Updated } from '../../updated.ts';
import { placeOf } from './locked-variables.ts';
import { lockScope, mostVariables, type VariablesOf } from './variable-scope.ts';

export interface SetProjectEnvInput extends VariablesOf {
  variables: readonly (Variable & {
    /** Whether it is a secret; also without it, if its name or its value says so. */
    isSensitive?: boolean | null | undefined;
  })[];
}

/**
 * Sets variables that runs of a project get. Those that are not given stay. The values of secrets are encrypted.
 *
 * @throws NotFound, InvalidInput
 */
export async function setProjectEnv(gateway: Gateway, input: SetProjectEnvInput): Promise<Updated> {
  const check = new InputCheck();
  checkVariables(check, input.variables, gateway, 'variables');
  check.done();
  return gateway.transaction(async (tx) => {
    const scope = await lockScope(tx, input);
    const given = input.variables.map(({ name, value, isSensitive }) => ({
      name,
      value,
      ...(isSensitive === true ? { sensitive: true } : {}),
    }));
    const variables = toStoredVariables(given, await tx.plugins.of(scope.projectId));
    const names = variables.map(({ name }) => name);
    const present = new Map((await tx.projectVariables.in(scope, names)).map((one) => [one.name, one]));
    if ((await tx.projectVariables.count(scope)) - present.size + names.length > mostVariables) {
      const whose = scope.environmentId === null ? 'A project' : 'An environment';
      check.add('variables', 'TOO_MANY', `${whose} has at most ${mostVariables} variables.`);
    }
    check.done();
    const changed = variables.filter((one) => !isSame(gateway.vault, one, present.get(one.name)));
    if (changed.length > 0)
      await tx.projectVariables.set(
        scope,
        changed.map((one) => toWrite(gateway.vault, one, present.get(one.name)?.id ?? newId())),
      );
    return { id: scope.projectId, isChanged: changed.length > 0 };
  });
}

function isSame(vault: Vault, { value, sensitive }: StoredVariable, present?: ProjectVariable): boolean {
  if (!present || sensitive !== (present.locked !== null)) return false;
  if (present.locked === null) return present.value === value;
  return vault.unlock(present.locked, placeOf(present)) === value;
}

function toWrite(vault: Vault, { name, value, sensitive }: StoredVariable, id: string): NewVariable {
  return sensitive
    ? { id, name, value: null, locked: vault.lock(value, placeOf({ id, name })) }
    : { id, name, value, locked: null };
}
