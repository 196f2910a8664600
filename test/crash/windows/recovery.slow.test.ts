import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CrashWindow } from '../../../src/worker/crash-windows.ts';
import { nothingFound } from '../../../src/worker/end-run.ts';
import { journalIn } from '../../../src/worker/journal.ts';
import type { Gateway } from '../../kit/gateway.ts';
import {
  linesOf,
  processesOf,
  readRun,
  runEnded,
  runWhen,
  storeId,
  type Client,
  type RunFacts,
} from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';
import { describeSite } from '../kit.ts';
import { count, gatedRuns, isAtGate, stateIdOf } from './gated-runs.ts';

/** A run to recover: where the recovery dies, and whether its worker left the end in its directory. */
interface Victim {
  window: CrashWindow;
  hasLeftEnd: boolean;
}

/** One whose gateway was killed, and a run that waits for its lease. */
interface Recovered extends Victim {
  suffix: string;
  run: RunFacts;
  waiting: RunFacts;
}

const lost = (window: CrashWindow): Victim => ({ window, hasLeftEnd: false });
const recorded = (window: CrashWindow): Victim => ({ window, hasLeftEnd: true });
/**
 * The moments of a recovery, in their order; those at which others can wait, too, together. Inside of a transaction the
 * others cannot go on, and once the end is in the store, what waited begins.
 */
const deaths: readonly (readonly Victim[])[] = [lost, recorded].flatMap((victim) => [
  [victim('LOST_RUN_KILLED'), victim('LEFT_LINES_STORED'), victim('STATES_HARVESTED')],
  [victim('END_WRITTEN')],
  [victim('LEASES_RELEASED')],
  [victim('LOST_RUN_ENDED')],
]);

describeSite('a gateway that is killed while it recovers the runs of one that was killed', (site) => {
  const { start, submitRun, open } = gatedRuns(site);
  /** Has a gateway recover runs until it is killed, which may be before it is ready. */
  const dieInRecovery = async (runs: readonly Recovered[]): Promise<void> => {
    await site().letTimePass();
    const windows = runs.map(({ window, run }) => [window, run.id] as const);
    const gateway = await start(...windows).catch(() => undefined);
    await gateway?.ended;
  };
  /** A run to be killed in its middle, and one that waits for its lease. */
  const begin = async (gateway: Client, victim: Victim): Promise<Recovered> => {
    const suffix = randomUUID();
    const { id } = await submitRun(gateway, suffix);
    const run = await runWhen(gateway, id, 'has a line', isAtGate);
    const waiting = await submitRun(gateway, suffix);
    await runWhen(gateway, waiting.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    return { ...victim, suffix, run, waiting };
  };
  /** Leaves in the directory of a run what its worker could not store of its end. */
  const leaveEnd = async ({ run, suffix }: Recovered): Promise<void> => {
    const directory = dirname(dirname(dirname(site().stateFile(run.id, stateIdOf(suffix)))));
    const journal = journalIn(directory, (error) => {
      throw error;
    });
    const own = { runId: storeId(run.id), workerId: run.workerId ?? '' };
    const line = {
      timestamp: new Date(),
      level: 'INFO',
      plugin: null,
      message: 'a left line',
      fields: null,
    } as const;
    const metric = { plugin: 'tap-till', stream: 'sales', name: 'record_count', value: 3 };
    const blocks = new Map([[0, { status: 'SUCCEEDED' } as const]]);
    await journal.addLines({ ...own, first: 2, lines: [line], metrics: [metric], blocks });
    const end = {
      status: 'SUCCEEDED',
      endReason: 'COMPLETED',
      exitCode: 0,
      signal: null,
      errorMessage: null,
    } as const;
    await journal.addEnd({ workerId: own.workerId, end, at: Date.now(), findings: nothingFound });
  };

  const expectLost = async (gateway: Client, { run }: Recovered): Promise<void> => {
    const ended = await runEnded(gateway, run.id);
    expect(ended).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST', logCount: 1 });
    // What waited may have counted since. No count was stored twice.
    expect(count(ended)).toBeGreaterThan(0);
    expect(ended.states.nodes[0]?.version).toBeLessThanOrEqual(count(ended));
    expect(await processesOf(run.id)).toEqual([]);
  };
  const expectRecorded = async (gateway: Client, { run }: Recovered): Promise<void> => {
    expect(await runEnded(gateway, run.id)).toMatchObject({
      ...{ status: 'SUCCEEDED', endReason: 'COMPLETED', exitCode: 0, logCount: 2 },
      metrics: { nodes: [{ value: 3 }] },
      blocks: { nodes: [{ status: 'SUCCEEDED' }] },
    });
    const lines = await linesOf(gateway, run.id);
    expect(lines.map(({ message }) => message)).toEqual(['the first line', 'a left line']);
  };

  /** The one that has recovered the runs of the last test. */
  let gateway: Gateway & Client;
  beforeAll(async () => {
    gateway = await start();
  });

  const titled = deaths.map((victims) => {
    const windows = victims.map(({ window }) => window).join(', ');
    return [`${windows}${victims[0]?.hasLeftEnd ? ', with an end that was left' : ''}`, victims] as const;
  });
  test.each(titled)('at %s, ends each run once, and frees what it had', async (_title, victims) => {
    const runs = await Promise.all(victims.map((victim) => begin(gateway, victim)));
    await gateway.kill();
    for (const one of runs) if (one.hasLeftEnd) await leaveEnd(one);
    await dieInRecovery(runs);
    await site().letTimePass();
    gateway = await start();
    for (const one of runs) {
      await (one.hasLeftEnd ? expectRecorded : expectLost)(gateway, one);
      await open(one.waiting.id);
      const next = await runEnded(gateway, one.waiting.id);
      expect(next).toMatchObject({ status: 'SUCCEEDED', logCount: 2 });
      // It has counted twice, from what the other one had confirmed.
      expect(count(next)).toBe(3);
      expect(count(await readRun(gateway, one.run.id))).toBe(3);
    }
    await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
  });
});
