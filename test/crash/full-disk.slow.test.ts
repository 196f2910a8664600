import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, readRun, runEnded } from '../kit/verbs/runs.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { describeWithSmallDisk, mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { waitFor } from '../kit/wait.ts';
import { makeSite, type Site } from './kit.ts';

const lines = 50_000;
const job = 'demo/dev/sales';

describeWithSmallDisk('the disk of an embedded database that fills up', () => {
  let disk: SmallDisk;
  let site: Site;
  beforeEach(async () => {
    disk = mountSmallDisk(500);
    site = await makeSite('embedded', disk.directory);
  });
  afterEach(async () => {
    await site.remove();
    disk.remove();
  });

  const torrent = {
    env: [
      { name: 'TORRENT_LINES', value: String(lines) },
      { name: 'TORRENT_PROGRESS', value: '/dev/null' },
    ],
  };
  const start = (...flags: string[]) =>
    site.start('--meltano', standIn('torrent.py'), '--slots', '1', ...flags);
  const aRun = `mutation { runJob(input: { job: "${job}" }) { __typename ... on UserError { code message } } }`;

  test('is said and refused, reads go on, and a run waits for room and loses nothing', async () => {
    const gateway = await start();
    const { id } = await ask(gateway, 'runJob', { job, ...torrent });
    await waitFor('Lines', async () => (await readRun(gateway, id)).logCount > 1000);
    disk.fill(20);

    const refused = await waitFor('A refusal', async () => {
      const { runJob } = await gateway.query<{ runJob: { code?: string; message?: string } }>(aRun);
      return runJob.code === 'UNAVAILABLE' && runJob;
    });
    expect(refused.message).toMatch(/^The disk of .* has \d+ MiB left: .*Make room/);
    const { logCount } = await readRun(gateway, id);
    expect(logCount).toBeLessThan(lines);
    expect((await readRun(gateway, id)).status).toBe('RUNNING');

    disk.makeRoom();
    expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', logCount: lines });
    await waitFor('Runs that are taken', async () => {
      const { runJob } = await gateway.query<{ runJob: { __typename: string } }>(aRun);
      return runJob.__typename === 'RunJobSuccess';
    });
    const { exitCode, stderr } = await gateway.stop();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('nothing is written below 32 MiB');
    expect(stderr).toContain('enough to go on as usual');
  });

  test('does not keep the gateway from ending, nor from starting again', async () => {
    let gateway = await start('--drain', '1', '--grace', '2');
    const { id } = await ask(gateway, 'runJob', { job, ...torrent });
    await waitFor('Lines', async () => (await readRun(gateway, id)).logCount > 1000);
    disk.fill(20);
    await waitFor('A full disk', async () => {
      const { runJob } = await gateway.query<{ runJob: { code?: string } }>(aRun);
      return runJob.code === 'UNAVAILABLE';
    });
    const before = await readRun(gateway, id);
    const stoppedAt = performance.now();
    await gateway.stop();
    // Drain and grace, some seconds to try to record the end, and some to close.
    expect(performance.now() - stoppedAt).toBeLessThan(60_000);
    disk.makeRoom();
    gateway = await start();
    const after = await runEnded(gateway, id);
    expect(after.endedAt).not.toBeNull();
    expect(after.logCount).toBeGreaterThanOrEqual(before.logCount);
    expect((await gateway.stop()).exitCode).toBe(0);
  });
});
