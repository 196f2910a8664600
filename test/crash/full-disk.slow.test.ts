import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../bench/database/postgres.ts';
import { ask, readRun, runEnded, type Client } from '../kit/verbs/runs.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { describeWithSmallDisk, mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { waitFor } from '../kit/wait.ts';
import { makeSite, type Site } from './kit.ts';
import { describeWithOwnServer } from './own-server.ts';

const lines = 50_000;
const job = 'demo/dev/sales';
const torrent = {
  env: [
    { name: 'TORRENT_LINES', value: String(lines) },
    { name: 'TORRENT_PROGRESS', value: '/dev/null' },
  ],
};

interface Answer {
  __typename: string;
  code?: string;
  message?: string;
}
const runOne = async (client: Client): Promise<Answer> => {
  const query = `mutation { runJob(input: { job: "${job}" }) { __typename ... on UserError { code message } } }`;
  return (await client.query<{ runJob: Answer }>(query)).runJob;
};
/** Asks for runs until one is refused since there is no room. @returns what the answer says */
const refusal = (client: Client): Promise<string> =>
  waitFor('A refusal', async () => {
    const { code, message } = await runOne(client);
    return code === 'UNAVAILABLE' && message;
  });

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

  const start = (...flags: string[]) =>
    site.start('--meltano', standIn('torrent.py'), '--slots', '1', ...flags);

  test('is said and refused, reads go on, and a run waits for room and loses nothing', async () => {
    const gateway = await start();
    const { id } = await ask(gateway, 'runJob', { job, ...torrent });
    await waitFor('Lines', async () => (await readRun(gateway, id)).logCount > 1000);
    disk.fill(20);

    expect(await refusal(gateway)).toMatch(/^The disk of .* has \d+ MiB left: .*Make room/);
    const { logCount } = await readRun(gateway, id);
    expect(logCount).toBeLessThan(lines);
    expect((await readRun(gateway, id)).status).toBe('RUNNING');

    disk.makeRoom();
    expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', logCount: lines });
    await waitFor('Runs that are taken', async () => (await runOne(gateway)).__typename === 'RunJobSuccess');
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
    await refusal(gateway);
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

describeWithSmallDisk('the disk of a PostgreSQL server that fills up', () => {
  describeWithOwnServer('with the tables of the gateway', () => {
    let disk: SmallDisk;
    let server: Cluster;
    let site: Site;
    beforeEach(async () => {
      disk = mountSmallDisk(200);
      server = await startCluster({ fsync: 'off' });
      site = await makeSite('server', undefined, await databaseOn(disk, server));
    });
    afterEach(async () => {
      await site.remove();
      await server.stop();
      disk.remove();
    });

    test('is said and refused, reads go on, and a run waits for room and loses nothing', async () => {
      const gateway = await site.start('--meltano', standIn('torrent.py'), '--slots', '1');
      const { id } = await ask(gateway, 'runJob', { job, ...torrent });
      await waitFor('Lines', async () => (await readRun(gateway, id)).logCount > 1000);
      disk.fill(4);
      expect(await refusal(gateway)).toMatch(/its disk is full .*make room/);
      expect((await readRun(gateway, id)).logCount).toBeLessThan(lines);

      disk.makeRoom();
      expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', logCount: lines });
      await waitFor(
        'Runs that are taken',
        async () => (await runOne(gateway)).__typename === 'RunJobSuccess',
      );
      expect((await gateway.stop()).exitCode).toBe(0);
    });
  });
});

/** A database whose tables are on the disk. @returns its address */
async function databaseOn({ directory }: SmallDisk, { url }: Cluster): Promise<string> {
  const place = join(directory, 'tables');
  await mkdir(place);
  if (process.getuid?.() === 0) await execa('chown', ['postgres', place]);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLESPACE small LOCATION '${place}'`);
  await client.query('CREATE DATABASE small TABLESPACE small');
  await client.end();
  return url.replace(/[^/]*$/, 'small');
}
