/** The key that a run holds while it may write the state of a state id. */
export function stateLockKey(environmentId: string, stateId: string): string {
  return `state:${environmentId}:${stateId}`;
}

/** The state id in a key; null for a key of another kind. */
export function stateIdInKey(key: string): string | null {
  return /^state:[^:]+:(.*)$/s.exec(key)?.[1] ?? null;
}

/** The key that a run holds while it installs plugins of a project. */
export const pluginsLockKey = 'plugins';
