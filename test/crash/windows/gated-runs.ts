import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CrashWindow } from '../../../src/worker/crash-windows.ts';
import type { Gateway } from '../../kit/gateway.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import { ask, storeId, type Client, type RunFacts } from '../../kit/verbs/runs.ts';
import type { Site } from '../kit.ts';

const preload = fileURLToPath(new URL('kill-at-window.js', import.meta.url));

/** The id of the state of a run with a suffix. */
export const stateIdOf = (suffix: string): string => `dev:tap-till-to-target-files:${suffix}`;

/** Runs of a site that wait at a gate, and gateways that are killed at windows. */
export function gatedRuns(site: () => Site) {
  const crashAt = (): string => join(site().sample.project.directory, 'crash-at');
  /** Has the gateway killed when it has come to all of some windows, each one with a run unless with any. */
  const arm = (...windows: (readonly [window: CrashWindow, run?: string])[]): Promise<void> =>
    writeFile(
      crashAt(),
      windows.map(([window, run]) => (run === undefined ? window : `${window} ${storeId(run)}`)).join('\n'),
    );
  return {
    arm,
    /** Starts a gateway that is killed at some windows. */
    start: async (...windows: Parameters<typeof arm>): Promise<Gateway & Client> => {
      await arm(...windows);
      return site().startWith(
        { NODE_OPTIONS: `--import=${preload}`, CRASH_AT: crashAt() },
        ...['--meltano', gated, '--slots', '20'],
      );
    },
    submitRun: (
      gateway: Client,
      stateIdSuffix: string,
      clientRequestId: string = randomUUID(),
    ): Promise<RunFacts> => {
      const env = [{ name: 'GATED_STATE_ID', value: stateIdOf(stateIdSuffix) }];
      return ask(gateway, 'runJob', { job: 'demo/dev/sales', stateIdSuffix, env, clientRequestId });
    },
    open: (run: string): Promise<void> => openGate(site().sample.project.directory, run),
  };
}

/** How often the runs of a state have counted. */
export function count({ states }: RunFacts): number {
  type State = { singer_state?: { last: number } } | undefined;
  return (states.nodes[0]?.completed as State)?.singer_state?.last ?? 0;
}

/** Whether a run waits at its gate. */
export function isAtGate({ logCount }: RunFacts): boolean {
  return logCount === 1;
}
