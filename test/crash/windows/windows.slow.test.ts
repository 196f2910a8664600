import { expect, test } from 'vitest';
import type { CrashWindow } from '../../../src/worker/crash-windows.ts';
import type { Gateway } from '../../kit/gateway.ts';
import { operationEnded, submit } from '../../kit/verbs/bulk.ts';
import { ask, linesOf, processesOf, readRun, runEnded, runWhen, type Client } from '../../kit/verbs/runs.ts';
import { numbers } from '../../kit/data/sample.ts';
import { waitFor } from '../../kit/wait.ts';
import { describeSite } from '../kit.ts';
import { count, gatedRuns, isAtGate } from './gated-runs.ts';

const lines = ['the first line', 'the last line'];

/** A run whose gateway was killed at a window, and what is to be true of it afterwards. */
interface Victim {
  /** Also the key of its request, which gives it again. */
  stateIdSuffix: string;
  status: 'LOST' | 'SUCCEEDED';
  /** The lines that were stored before. */
  lines: readonly string[];
  /** What its state may be: the number of times that it has counted. */
  state: readonly number[];
  /** A run that waited for its lease. */
  waiting: string | null;
}

describeSite('a gateway that is killed at the worst moments', (site) => {
  const { arm, start, submitRun, open } = gatedRuns(site);

  /** Has a gateway killed when a run comes to a window at its beginning. */
  const dieAtBeginning =
    (window: CrashWindow, state: readonly number[]) =>
    async (gateway: Gateway & Client): Promise<Victim> => {
      await arm([window]);
      // It may be killed before it has answered.
      await submitRun(gateway, window, window).catch(() => undefined);
      await gateway.ended;
      return { stateIdSuffix: window, status: 'LOST', lines: [], state, waiting: null };
    };
  /** Has a gateway killed when a run comes to a window at its end, while another one waits for its lease. */
  const dieAtEnd =
    (window: CrashWindow, then: Pick<Victim, 'status' | 'lines' | 'state'>) =>
    async (gateway: Gateway & Client): Promise<Victim> => {
      const stateIdSuffix = `${window}-at-the-end`;
      const { id } = await submitRun(gateway, stateIdSuffix, stateIdSuffix);
      await runWhen(gateway, id, 'has a line', isAtGate);
      const waiting = await submitRun(gateway, stateIdSuffix);
      await runWhen(gateway, waiting.id, 'waits', ({ waitingFor }) => waitingFor !== null);
      await arm([window, id]);
      await open(id);
      await gateway.ended;
      return { stateIdSuffix, ...then, waiting: waiting.id };
    };
  const expectWhole = async (gateway: Client, victims: readonly Victim[]): Promise<void> => {
    for (const victim of victims) await expectOneWhole(gateway, victim);
  };
  const expectOneWhole = async (gateway: Client, victim: Victim): Promise<void> => {
    const { id } = await submitRun(gateway, victim.stateIdSuffix, victim.stateIdSuffix);
    const run = await runEnded(gateway, id);
    expect(run.status).toBe(victim.status);
    const stored = await linesOf(gateway, run.id);
    expect(stored.map(({ message }) => message)).toEqual(victim.lines);
    expect(run.logCount).toBe(victim.lines.length);
    expect(await processesOf(run.id)).toEqual([]);
    // What waited goes on from its state, and so does what comes next: the lease is free.
    const next = await submitRun(gateway, victim.stateIdSuffix);
    const later = [...(victim.waiting === null ? [] : [victim.waiting]), next.id];
    for (const one of later) {
      await open(one);
      expect(await runEnded(gateway, one)).toMatchObject({ status: 'SUCCEEDED', logCount: 2 });
    }
    expect(victim.state).toContain(count(await readRun(gateway, next.id)) - 2 * later.length);
  };

  /** Has one gateway after the other killed, and checks what they leave. */
  const dieOnEach = async (deaths: readonly ReturnType<typeof dieAtEnd>[]): Promise<void> => {
    let gateway = await start();
    const victims: Victim[] = [];
    for (const dieOn of deaths) {
      victims.push(await dieOn(gateway));
      await site().holdTime();
      gateway = await start();
      // Among others, a gateway takes ten seconds to find out who is dead: all at once, at the end.
      if (site().isAlone) await expectWhole(gateway, victims.splice(0));
    }
    await site().letTimePass();
    await expectWhole(gateway, victims);
    await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
    await gateway.kill();
  };

  test('leaves no run in limbo that has begun, no lease taken, no process, and no line half stored', () =>
    dieOnEach([
      dieAtBeginning('RUN_CLAIMED', [0]),
      dieAtBeginning('PROCESS_STARTED', [0, 1]),
      dieAtBeginning('LINES_READ', [0, 1]),
    ]));

  test('leaves no run in limbo that ends, and neither its last lines nor its state half stored', () =>
    dieOnEach([
      dieAtEnd('LINES_READ', { status: 'LOST', lines: lines.slice(0, 1), state: [1, 2] }),
      dieAtEnd('STATES_HARVESTED', { status: 'LOST', lines, state: [2] }),
      dieAtEnd('END_WRITTEN', { status: 'LOST', lines, state: [2] }),
      dieAtEnd('LEASES_RELEASED', { status: 'SUCCEEDED', lines, state: [2] }),
    ]));

  test('changes each object of a bulk operation once, and has each run executed that it made', async () => {
    for (const window of ['BULK_VERB_DONE', 'BULK_ITEM_RECORDED'] as const) {
      let gateway = await start();
      const ended = await Promise.all(
        numbers(1, 3).map(async (n) => {
          const { id } = await submitRun(gateway, `${window}-${n}`);
          await ask(gateway, 'cancelRun', { run: id });
          return (await runEnded(gateway, id)).id;
        }),
      );
      await arm([window]);
      const input = { filter: { ids: ended }, clientRequestId: window };
      await submit(gateway, 'retryRuns', input).catch(() => undefined);
      await gateway.ended;
      await site().letTimePass();
      gateway = await start();
      const operation = await submit(gateway, 'retryRuns', input);
      const { status, succeededCount, items } = await operationEnded(gateway, operation);
      expect([status, succeededCount]).toEqual(['SUCCEEDED', 3]);
      const made = items.nodes.map(({ result }) => result?.id ?? '');
      for (const id of made) await open(id);
      for (const id of made) expect((await runEnded(gateway, id)).status).toBe('SUCCEEDED');
      for (const [i, id] of ended.entries()) expect(await retriesOf(gateway, id)).toEqual([made[i]]);
      await gateway.kill();
    }
  });
});

/** The runs that retry a run. */
async function retriesOf(gateway: Client, id: string): Promise<string[]> {
  type Answer = {
    project: { environment: { runs: { nodes: { id: string; retryOf: { id: string } | null }[] } } };
  };
  const { project } = await gateway.query<Answer>(
    '{ project(ref: "demo") { environment(name: "dev") { runs(first: 100) { nodes { id retryOf { id } } } } } }',
  );
  return project.environment.runs.nodes.flatMap((run) => (run.retryOf?.id === id ? [run.id] : []));
}
