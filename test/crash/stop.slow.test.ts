import { expect, test } from 'vitest';
import { expectEndedWell } from '../kit/gateway.ts';
import { subscribe } from '../kit/events.ts';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { ask, bookmarkOf, linesOf, processesOf, readRun, runEnded, runWhen } from '../kit/verbs/runs.ts';
import { numbers } from '../kit/data/sample.ts';
import { describeSite } from './kit.ts';

const job = 'demo/dev/sales';
const hasBookmark = ({ states }: { states: { nodes: unknown[] } }): boolean => states.nodes.length > 0;

describeSite('a gateway that is asked to stop', (site) => {
  describeWithMeltano('with the real Meltano', () => {
    test('lets its runs end, starts no other, and ends well', async () => {
      let gateway = await site().start('--slots', '1', '--drain', '60');
      const place = site().sample.place();
      const running = await ask(gateway, 'runJob', { job, ...place.with({ rows: 40, delay: 0.05 }) });
      await runWhen(gateway, running.id, 'has a bookmark', hasBookmark);
      const queued = await ask(gateway, 'runJob', { job, ...site().sample.place().with({ rows: 1 }) });
      expectEndedWell(await gateway.stop());
      expect(await place.sales()).toEqual(numbers(1, 40));
      const stopped = Date.now();

      gateway = await site().start('--drain', '1', '--grace', '10');
      const run = await readRun(gateway, running.id);
      expect(run).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
      expect((await linesOf(gateway, run.id)).map(({ sequence }) => sequence)).toEqual(
        numbers(1, run.logCount),
      );
      const next = await runEnded(gateway, queued.id);
      expect(next.status).toBe('SUCCEEDED');
      expect(Date.parse(next.startedAt ?? '')).toBeGreaterThan(stopped);
      await gateway.stop();
    });

    test('answers, follows and cancels until its runs have ended, and takes no new work', async () => {
      let gateway = await site().start('--slots', '2', '--drain', '60');
      const { url } = gateway;
      const long = (rows: number) => ({ job, ...site().sample.place().with({ rows, delay: 0.05 }) });
      const followed = await ask(gateway, 'runJob', long(100));
      const cancelled = await ask(gateway, 'runJob', long(100_000));
      for (const { id } of [followed, cancelled])
        await runWhen(gateway, id, 'has lines', ({ logCount }) => logCount > 2);
      const probe = async (path: string): Promise<number> => (await fetch(new URL(path, url))).status;
      expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 200]);

      const stopped = gateway.stop();
      await expect.poll(() => probe('/readyz')).toBe(503);
      expect(await probe('/livez')).toBe(200);
      const refused = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `mutation { runJob(input: { job: "${job}" }) { __typename } }` }),
      });
      expect(await refused.json()).toEqual({ data: { runJob: { __typename: 'Unavailable' } } });
      expect(refused.headers.get('retry-after')).toBe('5');
      const created = `mutation { createJob(input: { environment: "demo/dev", name: "late", tasks: [{ blocks: ["report:count"] }] }) { __typename } }`;
      expect(await gateway.query(created)).toEqual({ createJob: { __typename: 'CreateJobSuccess' } });

      const received: number[] = [];
      let isComplete = false;
      const following = (async () => {
        const query = `subscription { runLogs(run: "${followed.id}") { node { sequence } } }`;
        type Line = { runLogs: { node: { sequence: number } } };
        for await (const { data } of subscribe<Line>(url, query))
          received.push(data?.runLogs.node.sequence ?? NaN);
        isComplete = true;
      })();
      await ask(gateway, 'cancelRun', { run: cancelled.id });
      await following;
      expect(isComplete).toBe(true);
      expectEndedWell(await stopped);

      gateway = await site().start('--slots', '0');
      const run = await readRun(gateway, followed.id);
      expect(run.status).toBe('SUCCEEDED');
      expect(received).toEqual(numbers(1, run.logCount));
      expect((await readRun(gateway, cancelled.id)).status).toBe('CANCELLED');
      await gateway.stop();
    });

    test('stops and records what has not ended in time; its state is kept', async () => {
      let gateway = await site().start('--drain', '1', '--grace', '10');
      const place = site().sample.place();
      const { id } = await ask(gateway, 'runJob', { job, ...place.with({ rows: 100_000, delay: 0.25 }) });
      await runWhen(gateway, id, 'has a bookmark', hasBookmark);
      expectEndedWell(await gateway.stop());
      expect(await processesOf(id)).toEqual([]);
      expect(await site().runDirectories()).toEqual([]);

      gateway = await site().start('--slots', '0');
      const run = await readRun(gateway, id);
      expect(run).toMatchObject({
        status: 'CANCELLED',
        endReason: 'SHUTDOWN',
        errorMessage: 'The gateway was shut down.',
      });
      const kept = bookmarkOf(run.states.nodes[0]?.merged) ?? NaN;
      expect((await place.sales()).slice(0, kept)).toEqual(numbers(1, kept));
      await gateway.stop();
    });
  });
});
