import type { RunToExecute } from '../../store/runs/runs.ts';
import { stateIdInLeaseKey } from '../../store/leases/lease-keys.ts';
import { pairsOf, stateIdOf } from './blocks.ts';

/**
 * The state id suffix to give to Meltano, so that it uses the state ids that the run has a lease on. It is
 * needed when the environment got another suffix through the API than it has in `meltano.yml`. Null gives
 * Meltano none. A suffix with variables is not given either: only Meltano can expand them.
 */
export function runSuffix({
  stateIdSuffix,
  environment,
  leaseKeys,
  blocks,
}: Pick<RunToExecute, 'stateIdSuffix' | 'environment' | 'leaseKeys' | 'blocks'>): string | null {
  if (stateIdSuffix !== null || environment === null) return stateIdSuffix;
  for (const pair of pairsOf(blocks)) {
    const start = `${stateIdOf(environment.name, pair, null)}:`;
    for (const stateId of leaseKeys.map(stateIdInLeaseKey)) {
      const suffix = stateId?.startsWith(start) ? stateId.slice(start.length) : null;
      if (suffix !== null) return suffix.includes('$') ? null : suffix;
    }
  }
  return null;
}
