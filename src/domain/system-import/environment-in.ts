import { partsOfStateId } from '../../store/states/state-id-parts.ts';

/** The environments that the entries of a system database may belong to. */
export interface Environments<T> {
  byName: ReadonlyMap<string, T>;
  /** The one for state ids that name no environment; null when the caller has named none. */
  otherwise: T | null;
}

/**
 * The environment of a state id: the one whose name stands before the first colon. `meltano elt` makes ids without
 * one, such as `legacy-elt` and `2023-04-20T101112--tap--target`.
 */
export function environmentIn<T>({ byName, otherwise }: Environments<T>, stateId: string | null): T | null {
  if (stateId === null) return null;
  const [name = '', ...rest] = stateId.split(':');
  const named = rest.length > 0 ? byName.get(name) : undefined;
  if (named !== undefined) return named;
  // Of this form it names an environment of another project.
  return partsOfStateId(stateId) === null ? otherwise : null;
}
