import { InputCheck } from '../../errors.ts';
import type { FormerName } from '../../store/naming/former-names.ts';
import type { Statements } from '../../store/index.ts';
import { checkName } from '../naming/names.ts';

type Optional<T> = T | null | undefined;

export interface MoveResourceInput {
  /** Exactly one of them: the id or path of the object to move. */
  resource: {
    project?: Optional<string>;
    environment?: Optional<string>;
    plugin?: Optional<string>;
    job?: Optional<string>;
    schedule?: Optional<string>;
    service?: Optional<string>;
    state?: Optional<string>;
  };
  /** The new parent and the new name. Absent fields stay as they are. */
  to: {
    environment?: Optional<string>;
    job?: Optional<string>;
    name?: Optional<string>;
    stateId?: Optional<string>;
  };
}

export type Target = MoveResourceInput['to'];

// Each type of object has only some of these fields. A field that does not apply is refused, not ignored.
export function checkTarget(to: Target, allowed: readonly (keyof Target)[], kind: string): InputCheck {
  const check = new InputCheck();
  const given = Object.entries(to).filter(([, value]) => value != null);
  for (const [key] of given) {
    if (!allowed.includes(key as keyof Target)) {
      check.add(`to.${key}`, 'NOT_APPLICABLE', `A ${kind} cannot be moved to another \`${key}\`.`);
    }
  }
  if (given.length === 0) check.add('to', 'MISSING', `Say where to: ${allowed.join(' or ')}.`);
  return check;
}

export function remember(tx: Statements, former: readonly FormerName[]): Promise<void> {
  return tx.formerNames.remember(former);
}

// For types that can only be renamed.
export function checkNewName(to: Target, kind: string): string {
  const check = checkTarget(to, ['name'], kind);
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  return to.name ?? '';
}
