import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gateway } from '../kit/gateway.ts';
import { describeWithMeltano } from '../kit/meltano.ts';
import {
  ask,
  bookmarkOf,
  linesOf,
  processesOf,
  readRun,
  runEnded,
  runWhen,
  type Client,
} from '../kit/runs.ts';
import { numbers } from '../kit/sample.ts';
import { kinds, makeSite, type Site } from './kit.ts';

const job = 'demo/dev/sales';
const hasBookmark = ({ states }: { states: { nodes: unknown[] } }): boolean => states.nodes.length > 0;

describeWithMeltano.each(kinds)(
  'a gateway that is asked to stop, on a database of the kind "%s"',
  { timeout: 120_000 },
  (kind) => {
    let site: Site;
    let gateway: (Gateway & Client) | null = null;
    beforeAll(async () => {
      site = await makeSite(kind);
    });
    afterAll(async () => {
      await gateway?.kill();
      await site.remove();
    });

    test('lets its runs end, starts no other, and ends well', async () => {
      gateway = await site.start('--slots', '1', '--drain', '60');
      const place = site.sample.place();
      const running = await ask(gateway, 'runJob', { job, ...place.with({ rows: 40, delay: 0.05 }) });
      await runWhen(gateway, running.id, 'has a bookmark', hasBookmark);
      const queued = await ask(gateway, 'runJob', { job, ...site.sample.place().with({ rows: 1 }) });
      expect(await gateway.stop()).toEqual({
        exitCode: 0,
        stdout: expect.any(String) as string,
        stderr: '',
      });
      expect(await place.sales()).toEqual(numbers(1, 40));
      const stopped = Date.now();

      gateway = await site.start('--drain', '1', '--grace', '10');
      const run = await readRun(gateway, running.id);
      expect(run).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
      expect((await linesOf(gateway, run.id)).map(({ sequence }) => sequence)).toEqual(
        numbers(1, run.logCount),
      );
      const next = await runEnded(gateway, queued.id);
      expect(next.status).toBe('SUCCEEDED');
      expect(Date.parse(next.startedAt ?? '')).toBeGreaterThan(stopped);
    });

    test('stops and records what has not ended in time; its state is kept', async () => {
      gateway ??= await site.start('--drain', '1', '--grace', '10');
      const place = site.sample.place();
      const { id } = await ask(gateway, 'runJob', { job, ...place.with({ rows: 100_000, delay: 0.02 }) });
      await runWhen(gateway, id, 'has a bookmark', hasBookmark);
      expect(await gateway.stop()).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await processesOf(id)).toEqual([]);
      expect(await site.runDirectories()).toEqual([]);

      gateway = await site.start('--slots', '0');
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
  },
);
