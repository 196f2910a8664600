import { listed } from '../../../lib/quoted.ts';
import { keyFile, type Vault } from '../../../lib/vault/vault.ts';
import type { ProjectVariable } from '../../../store/index.ts';
import type { StoredVariable } from '../../definitions/environment-variables.ts';

/** What a variable is encrypted for, so that a copy in another row cannot be read. */
export function placeOf({ id, name }: Pick<ProjectVariable, 'id' | 'name'>): string {
  return `${id} ${name}`;
}

/**
 * The variables that a run gets of its project, the ones of its environment in place of those with the same name.
 *
 * @param own the names of the run's own variables, which win
 * @throws Error that names the ones that are encrypted with another key
 */
export function variablesOfProject(
  vault: Vault,
  variables: readonly ProjectVariable[],
  own: ReadonlySet<string>,
): StoredVariable[] {
  const lost: string[] = [];
  // Of the same name, the last one counts.
  const given = new Map(variables.filter(({ name }) => !own.has(name)).map((one) => [one.name, one]));
  const open = [...given.values()].map((variable): StoredVariable => {
    const { name, value, locked } = variable;
    if (locked === null) return { name, value: value ?? '', sensitive: false };
    const text = vault.unlock(locked, placeOf(variable));
    if (text === null) lost.push(name);
    return { name, value: text ?? '', sensitive: true };
  });
  if (lost.length === 0) return open;
  throw new Error(
    `the secrets ${listed(lost)} of the project are encrypted with a key that this worker does not have: that of the data directory of another gateway. Give each the same ${keyFile}, or set them again with this one's.`,
  );
}
