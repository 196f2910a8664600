/** The key of the lease that a run needs to write the state of a state id. */
export function stateLeaseKey(environmentId: string, stateId: string): string {
  return `state:${environmentId}:${stateId}`;
}

/** The state id in a key; null for a key of another kind. */
export function stateIdInLeaseKey(key: string): string | null {
  return /^state:[^:]+:(.*)$/s.exec(key)?.[1] ?? null;
}

/** What a run waits for that is not to start yet. It is the key of no lease. */
export const timeKey = 'time';

/** The key of the lease that a run needs to install plugins of a project. */
export const pluginsLeaseKey = 'plugins';

/** The key of the lease that a run of a schedule needs, unless the schedule's runs may overlap. */
export function scheduleLeaseKey(scheduleId: string): string {
  return `schedule:${scheduleId}`;
}

/** The schedule of a key; null for a key of another kind. */
export function scheduleIdInLeaseKey(key: string): string | null {
  return /^schedule:(.*)$/.exec(key)?.[1] ?? null;
}
