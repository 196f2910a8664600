import { randomUUID } from 'node:crypto';
import { kill } from 'node:process';
import { expect, test } from 'vitest';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { ask, bookmarkOf, linesOf, processesOf, readRun, runEnded, runWhen } from '../kit/verbs/runs.ts';
import { numbers } from '../kit/data/sample.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { waitFor } from '../kit/wait.ts';
import { describeSite } from './kit.ts';

const job = 'demo/dev/sales';

describeSite('a gateway that is killed', (site) => {
  describeWithMeltano('in the middle of a run of the real Meltano', () => {
    test('leaves no process, loses no line and no state; what waited goes on from there', async () => {
      let gateway = await site().start('--slots', '2');
      const [place, elsewhere] = [site().sample.place(), site().sample.place()];
      const endless = { rows: 100_000, delay: 0.1 };
      const { id } = await ask(gateway, 'runJob', { job, ...place.with(endless) });
      const before = await runWhen(
        gateway,
        id,
        'has a bookmark',
        ({ states, logCount }) => states.nodes.length > 0 && logCount > 20,
      );
      const waiting = await ask(gateway, 'runJob', { job, ...place.with({ rows: 2 }) });
      await runWhen(gateway, waiting.id, 'waits', ({ waitingFor }) => waitingFor !== null);
      expect(await processesOf(id)).not.toEqual([]);

      await gateway.kill();
      const onDisk = bookmarkOf(await site().stateOnDisk(id, place.stateId)) ?? NaN;
      await site().letTimePass();
      gateway = await site().start('--slots', '2');
      const other = await ask(gateway, 'runJob', { job, ...elsewhere.with({ rows: 1 }) });

      const lost = await runEnded(gateway, id);
      expect(lost).toMatchObject({
        status: 'LOST',
        endReason: 'WORKER_LOST',
        exitCode: null,
        blocks: { nodes: [{ status: 'ABANDONED' }] },
      });
      expect(await processesOf(id)).toEqual([]);
      expect(lost.logCount).toBeGreaterThanOrEqual(before.logCount);
      expect((await linesOf(gateway, id)).map(({ sequence }) => sequence)).toEqual(numbers(1, lost.logCount));
      const kept = bookmarkOf(lost.states.nodes[0]?.merged) ?? NaN;
      expect(kept).toBeGreaterThanOrEqual(onDisk);
      expect((await place.sales()).slice(0, kept)).toEqual(numbers(1, kept));

      const next = await runEnded(gateway, waiting.id);
      expect(next).toMatchObject({ status: 'SUCCEEDED', waitingFor: null });
      expect(bookmarkOf(next.states.nodes[0]?.merged)).toBe(kept + 2);
      expect((await runEnded(gateway, other.id)).status).toBe('SUCCEEDED');
      await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
      await gateway.kill();
    });
  });

  test('as soon as it has answered, has every run that it answered executed later, once', async () => {
    const asked: string[] = [];
    for (const slots of ['0', '2']) {
      const { query, kill } = await site().start('--meltano', '/nonexistent/meltano', '--slots', slots);
      const answers = await Promise.all(
        numbers(1, 5).map(() => ask({ query }, 'runJob', { job, ...site().sample.place().with() })),
      );
      await kill();
      asked.push(...answers.map(({ id }) => id));
    }
    await site().letTimePass();
    const gateway = await site().start('--meltano', '/nonexistent/meltano');
    for (const id of asked) {
      const run = await runEnded(gateway, id);
      // Claimed at that very moment: its worker has died.
      if (run.status === 'LOST') expect(run.logCount).toBe(0);
      else expect(run).toMatchObject({ status: 'FAILED', endReason: 'NOT_STARTED' });
    }
    await gateway.kill();
  });

  test('as soon as it has started a program that is deaf to signals, ends it later, and takes what is queued', async () => {
    let gateway = await site().start('--meltano', standIn('deaf.py'), '--slots', '1');
    const { id } = await ask(gateway, 'runJob', { job, ...site().sample.place().with() });
    const queued = await ask(gateway, 'runJob', { job, ...site().sample.place().with() });
    await waitFor('The process', async () => (await processesOf(id)).length > 0);
    await gateway.kill();
    await site().letTimePass();
    gateway = await site().start('--meltano', '/nonexistent/meltano');
    expect(await runEnded(gateway, id)).toMatchObject({ status: 'LOST', exitCode: null });
    expect(await processesOf(id)).toEqual([]);
    expect(await runEnded(gateway, queued.id)).toMatchObject({
      status: 'FAILED',
      endReason: 'NOT_STARTED',
    });
    await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
    await gateway.kill();
  });
});

describeSite(
  'a gateway that is suspended until its runs count as lost',
  (site) => {
    test('ends them when it wakes, writes nothing more of them, and works on', async () => {
      const start = (slots: string) => site().start('--meltano', standIn('ticking.py'), '--slots', slots);
      const asleep = await start('1');
      const request = async (lines: number, stateIdSuffix: string): Promise<string> => {
        const env = [{ name: 'TICKING_LINES', value: String(lines) }];
        return (await ask(asleep, 'runJob', { job, stateIdSuffix, env })).id;
      };
      const stateIdSuffix = randomUUID();
      const lost = await request(10_000, stateIdSuffix);
      await runWhen(asleep, lost, 'writes', ({ logCount }) => logCount > 3);
      // It needs the state that the first one holds.
      const next = await request(10, stateIdSuffix);
      kill(asleep.processId, 'SIGSTOP');
      await site().letTimePass();
      const other = await start('1');
      expect(await runEnded(other, next)).toMatchObject({ status: 'SUCCEEDED', logCount: 10 });
      const left = await readRun(other, lost);
      expect(left).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST' });
      expect(await processesOf(lost)).toEqual([]);
      await other.stop();
      kill(asleep.processId, 'SIGCONT');
      expect(await runEnded(asleep, await request(1, randomUUID()))).toMatchObject({ status: 'SUCCEEDED' });
      expect(await readRun(asleep, lost)).toEqual(left);
      expect((await asleep.stop()).exitCode).toBe(0);
    });
  },
  ['server'],
);
