import type { RunToExecute } from '../store/run.ts';
import { stateIdInKey } from '../store/lock-keys.ts';
import { pairsOf, stateIdOf } from './blocks.ts';

/**
 * The state id suffix that Meltano is to be told, so that it uses the state ids which the run holds, also when the
 * environment was given another suffix through the API than `meltano.yml` has; null to tell none. One with
 * variables is left to Meltano, which alone reads them.
 */
export function heldSuffix({
  stateIdSuffix,
  environment,
  lockKeys,
  blocks,
}: Pick<RunToExecute, 'stateIdSuffix' | 'environment' | 'lockKeys' | 'blocks'>): string | null {
  if (stateIdSuffix !== null || environment === null) return stateIdSuffix;
  for (const pair of pairsOf(blocks)) {
    const start = `${stateIdOf(environment.name, pair, null)}:`;
    for (const stateId of lockKeys.map(stateIdInKey)) {
      const suffix = stateId?.startsWith(start) ? stateId.slice(start.length) : null;
      if (suffix !== null) return suffix.includes('$') ? null : suffix;
    }
  }
  return null;
}
