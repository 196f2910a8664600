import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { CrashWindow } from '../../../src/worker/crash-windows.ts';
import { nothingFound } from '../../../src/worker/end-run.ts';
import { journalIn } from '../../../src/worker/journal.ts';
import type { Gateway } from '../../kit/gateway.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import {
  ask,
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

const preload = fileURLToPath(new URL('kill-at-window.js', import.meta.url));

/** The moments of a recovery, in their order. */
const windows = [
  'LOST_RUN_KILLED',
  'LEFT_LINES_STORED',
  'STATES_HARVESTED',
  'END_WRITTEN',
  'LEASES_RELEASED',
  'LOST_RUN_ENDED',
] as const satisfies readonly CrashWindow[];

describeSite('a gateway that is killed while it recovers the runs of one that was killed', (site) => {
  const crashAt = (): string => join(site().sample.project.directory, 'crash-at');
  /** Starts a gateway that is killed where it comes to a window with a run. */
  const start = async (window = '', run = ''): Promise<Gateway & Client> => {
    await writeFile(crashAt(), run === '' ? window : `${window} ${storeId(run)}`);
    return site().startWith(
      { NODE_OPTIONS: `--import=${preload}`, CRASH_AT: crashAt() },
      ...['--meltano', gated, '--slots', '20'],
    );
  };
  /** Has a gateway recover a run until it is killed at a window, which may be before it is ready. */
  const dieInRecovery = async (window: CrashWindow, run: string): Promise<void> => {
    await site().letTimePass();
    const gateway = await start(window, run).catch(() => undefined);
    await gateway?.ended;
  };
  const stateId = (suffix: string): string => `dev:tap-till-to-target-files:${suffix}`;
  const submitRun = (gateway: Client, suffix: string): Promise<RunFacts> => {
    const env = [{ name: 'GATED_STATE_ID', value: stateId(suffix) }];
    return ask(gateway, 'runJob', { job: 'demo/dev/sales', stateIdSuffix: suffix, env });
  };
  const open = (run: string): Promise<void> => openGate(site().sample.project.directory, run);
  const count = ({ states }: RunFacts): number => {
    type State = { singer_state?: { last: number } } | undefined;
    return (states.nodes[0]?.completed as State)?.singer_state?.last ?? 0;
  };

  /** A run whose gateway is killed in its middle, and one that waits for its lease. */
  const lose = async (gateway: Gateway & Client, suffix: string): Promise<[RunFacts, RunFacts]> => {
    const { id } = await submitRun(gateway, suffix);
    const run = await runWhen(gateway, id, 'has a line', ({ logCount }) => logCount === 1);
    const waiting = await submitRun(gateway, suffix);
    await runWhen(gateway, waiting.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    await gateway.kill();
    return [run, waiting];
  };
  /** Leaves in the directory of a run what its worker could not store of its end. */
  const leaveEnd = async (run: RunFacts, suffix: string): Promise<void> => {
    const directory = dirname(dirname(dirname(site().stateFile(run.id, stateId(suffix)))));
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

  test.each(windows)('at %s, ends each run once, and frees what it had', async (window) => {
    let gateway = await start();
    const suffix = `${window}-${randomUUID()}`;
    const [run, waiting] = await lose(gateway, suffix);
    await dieInRecovery(window, run.id);
    await site().letTimePass();
    gateway = await start();
    expect(await runEnded(gateway, run.id)).toMatchObject({
      ...{ status: 'LOST', endReason: 'WORKER_LOST', logCount: 1 },
      states: { nodes: [{ version: 1, completed: { singer_state: { last: 1 } } }] },
    });
    expect(await processesOf(run.id)).toEqual([]);
    await open(waiting.id);
    const next = await runEnded(gateway, waiting.id);
    expect(next).toMatchObject({ status: 'SUCCEEDED', logCount: 2 });
    // It has counted twice, from what the lost run had confirmed.
    expect(count(next)).toBe(3);
    await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
    await gateway.kill();
  });

  test.each(windows)('at %s, stores once what a run could not store of its end', async (window) => {
    let gateway = await start();
    const suffix = `${window}-${randomUUID()}`;
    const [run, waiting] = await lose(gateway, suffix);
    await leaveEnd(run, suffix);
    await dieInRecovery(window, run.id);
    await site().letTimePass();
    gateway = await start();
    expect(await runEnded(gateway, run.id)).toMatchObject({
      ...{ status: 'SUCCEEDED', endReason: 'COMPLETED', exitCode: 0, logCount: 2 },
      metrics: { nodes: [{ value: 3 }] },
      blocks: { nodes: [{ status: 'SUCCEEDED' }] },
    });
    expect((await linesOf(gateway, run.id)).map(({ message }) => message)).toEqual([
      'the first line',
      'a left line',
    ]);
    await open(waiting.id);
    const next = await runEnded(gateway, waiting.id);
    expect(next.status).toBe('SUCCEEDED');
    expect(count(next)).toBe(3);
    expect(count(await readRun(gateway, run.id))).toBe(3);
    await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
    await gateway.kill();
  });
});
