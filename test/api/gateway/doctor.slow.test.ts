import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import type { Check } from '../../../src/doctor/check.ts';
import { checkNode } from '../../../src/doctor/check-program.ts';
import { doctor } from '../../../src/doctor/doctor.ts';
import type { Send } from '../../../src/lib/sql.ts';
import { openToLook } from '../../../src/store/database/open-to-look.ts';
import { startTestApp } from '../../kit/app.ts';
import { copyOf } from '../../kit/data/projects.ts';
import { lastingDatabase, onServer } from '../../kit/database.ts';
import { done } from '../../kit/verbs/call.ts';
import { storeId } from '../../kit/verbs/runs.ts';

async function emptyPlace(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-doctor-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  return place;
}

/** What the doctor says with these settings. Meltano is one that does not exist. */
async function ask(
  args: string[],
  change: Partial<ReturnType<typeof readConfig>> = {},
): Promise<{ code: number; lines: string[]; checks: Check[] }> {
  const given = ['doctor', '--json', '--meltano', '/nonexistent/meltano', ...args];
  const lines: string[] = [];
  const machine = { node: process.versions.node, env: process.env };
  const code = await doctor(
    { ...readConfig(given, {}, 1), ...change },
    machine,
    (line) => void lines.push(line),
  );
  expect(lines.join('').includes('\n')).toBe(false);
  const checks = change.json === false ? [] : lines.map((line) => JSON.parse(line) as Check);
  return { code, lines, checks };
}

const of = (checks: Check[], name: string): string[] =>
  checks.flatMap(({ check, status, message }) => (check === name ? [`${status} ${message}`] : []));

test('looks at a database with projects and schedules, and changes nothing in it', async () => {
  const database = await lastingDatabase();
  onTestFinished(() => database.drop());
  const { location } = database;
  if (location.kind === 'OPEN') throw new Error('It is in a directory.');
  const { directory, edit } = await copyOf('desk');
  const app = await startTestApp({
    database: { location, drop: () => Promise.resolve() },
    projects: [{ name: 'desk', directory }],
    firesSchedules: true,
  });
  const make = async (name: string): Promise<string> => {
    const input = { job: 'desk/dev/tickets', name, interval: '0 1 * * *' };
    const answer = await done<{ schedule: { id: string } }>(app, 'createSchedule', input, 'schedule { id }');
    return storeId(answer.schedule.id);
  };
  const { prisma } = app.app.store;
  const broken = { interval: '1,99 * * * *', cron: '1,99 * * * *', nextTickAt: null };
  await prisma.schedule.update({ where: { id: await make('broken') }, data: broken });
  const zone = { timeZone: 'Mars/Base', nextTickAt: null };
  await prisma.schedule.update({ where: { id: await make('elsewhere') }, data: zone });
  const blocks = [{ blocks: ['digest:daily'] }];
  await done(app, 'createJob', { environment: 'desk/dev', name: 'gone', tasks: blocks }, 'job { id }');
  const follower = { job: 'desk/dev/tickets', name: 'waits', after: { jobs: ['desk/dev/gone'] } };
  await done(app, 'createSchedule', follower, 'schedule { id }');
  await done(app, 'deleteJob', { job: 'desk/dev/gone' }, 'job { id }');
  await done(app, 'runJob', { job: 'desk/dev/tickets' }, 'run { id }');
  const troubles = {
    gone: { isEnabled: false, disableReason: 'GONE', disabledAt: '2026-01-02T03:04:05Z' },
    down: { isEnabled: false, disableReason: 'FAILING', disabledAt: '2026-01-02T03:04:05Z' },
    off: { isEnabled: false, disableReason: 'REQUESTED', disabledAt: '2026-01-02T03:04:05Z' },
    slow: { failingSince: '2026-01-02T03:04:05Z' },
    well: {},
  } as const;
  for (const [name, data] of Object.entries(troubles)) {
    const hook = {
      project: 'desk',
      name,
      url: 'https://example.com/',
      format: 'SLACK',
      events: ['RUN_FAILED'],
    };
    const { webhook } = await done<{ webhook: { id: string } }>(app, 'createWebhook', hook, 'webhook { id }');
    const id = storeId(webhook.id);
    await prisma.webhook.update({ where: { id }, data });
    const waiting = { id: randomUUID(), webhookId: id, event: 'RUN_FAILED', payload: {} } as const;
    if (name === 'slow')
      await prisma.webhookDelivery.create({ data: { ...waiting, nextAttemptAt: new Date() } });
  }
  const args = ['--data-directory', app.dataDirectory];
  const inUse = await ask(args, { database: location });
  const before = await tablesOf(app.app.store.database.query);
  await app.app.stop();
  if (!onServer()) {
    expect(of(inUse.checks, 'database')).toEqual([
      expect.stringMatching(/^SKIPPED The data directory \S+ is in use by process \d+ on .*\/readyz/),
    ]);
    expect(of(inUse.checks, 'migrations')).toEqual(['SKIPPED The database was not looked at.']);
  }

  await edit('pip_url: tap-calls==1.0', 'pip_url: [');
  const { code, checks } = await ask(args, { database: location });
  expect(await tablesAt(location)).toEqual(before);
  expect(code).toBe(1);
  expect([...new Set(checks.map(({ check }) => check))]).toEqual([
    ...['node', 'meltano', 'git', 'space', 'database', 'clock', 'migrations', 'workers', 'schedules'],
    ...['webhooks', 'projects', 'retention'],
  ]);
  expect(of(checks, 'meltano')).toEqual([
    'FAILED meltano was not found: /nonexistent/meltano; runs will fail. Name another with --meltano.',
  ]);
  expect(of(checks, 'database')).toEqual([expect.stringMatching(/^OK PostgreSQL \d+/)]);
  expect(of(checks, 'clock')).toEqual(['OK The database and this machine agree on the time.']);
  expect(of(checks, 'migrations')).toEqual(['OK The tables are those of this version.']);
  expect(of(checks, 'workers')).toEqual([
    'OK 0 alive',
    expect.stringMatching(/^WARNING desk: \d+ runs? waits?, and no worker that is alive can take them\./),
  ]);
  expect(of(checks, 'schedules')).toEqual([
    expect.stringMatching(/^OK \d+ enabled, \d+ paused$/),
    expect.stringMatching(/^FAILED desk\/dev\/broken never runs: /),
    expect.stringMatching(/^FAILED desk\/dev\/elsewhere never runs: "Mars\/Base" is not an IANA time zone/),
    expect.stringMatching(/^WARNING desk\/dev\/waits never runs: All jobs that it follows are deleted/),
  ]);
  expect(of(checks, 'webhooks')).toEqual([
    'OK 2 enabled, 3 disabled',
    'WARNING desk/down is disabled since 2026-01-02T03:04:05.000Z: its receiver had failed for three days. Enable it when that is mended.',
    'WARNING desk/gone is disabled since 2026-01-02T03:04:05.000Z: its receiver said that it is gone (410). Delete it, or update its address.',
    'WARNING desk/slow fails since 2026-01-02T03:04:05.000Z, and 1 delivery waits. `Webhook.deliveries` says why.',
  ]);
  expect(of(checks, 'projects')).toEqual([
    'OK 1 with files',
    expect.stringMatching(/^FAILED desk: its files cannot be imported: meltano\.yml:\d+: /),
  ]);
  expect(of(checks, 'retention')).toEqual([
    'OK what is deleted can be brought back for 30 days; what runs leave is kept for ever (--retention), where a project does not say otherwise',
  ]);
});

test('says in one line that there is no server, or no database yet, and makes none', async () => {
  const place = await emptyPlace();
  const none = await ask(['--data-directory', join(place, 'none')]);
  expect(of(none.checks, 'database')).toEqual([
    'SKIPPED There is none yet; the first start makes an embedded one.',
  ]);
  expect(of(none.checks, 'projects')).toEqual(['OK none yet']);
  expect(await readdir(place)).toEqual([]);
  const { lines } = await ask(['--data-directory', join(place, 'none')], { json: false });
  expect(lines[0]).toMatch(/^ok {7}node {8}\d+\.\d+/);
  expect(lines[4]).toBe('skipped  database    There is none yet; the first start makes an embedded one.');
  const url = 'postgresql://someone:four-seven@127.0.0.1:1/meltano';
  const down = await ask(['--data-directory', place, '--database-url', url]);
  expect(down.code).toBe(1);
  expect(of(down.checks, 'database')).toEqual([
    'FAILED The PostgreSQL server at 127.0.0.1:1 cannot be used: nothing listens there.',
  ]);
  expect(JSON.stringify(down)).not.toContain('four-seven');
});

test('names a project that is not there, and plugins that are not installed', async () => {
  const { directory } = await copyOf('desk');
  const place = await emptyPlace();
  const { checks } = await ask([
    ...['--data-directory', place, '--project', `here=${directory}`],
    ...['--project', `gone=${join(place, 'gone')}`],
  ]);
  expect(of(checks, 'projects')).toEqual([
    'OK 2 with files',
    expect.stringMatching(/^WARNING here: not installed: "[^"]+" and \d+ more\./),
    `FAILED gone: there is no directory ${join(place, 'gone')}.`,
  ]);
});

test.each([
  ['20.19.0', 'OK'],
  ['24.0.1', 'OK'],
  ['20.18.9', 'FAILED'],
  ['18.30.0', 'FAILED'],
])('Node %s: %s', async (version, status) => {
  expect(await checkNode(version)).toMatchObject({ status });
});

/** The contents of all tables. */
async function tablesOf(send: Send): Promise<unknown[]> {
  const found = await send(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    [],
  );
  const contents: unknown[] = [];
  for (const { name } of found) {
    const text = `SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS md5 FROM "${String(name)}" AS t`;
    contents.push([name, await send(text, [])]);
  }
  return contents;
}

/** The contents of all tables of a database that nobody uses. Nothing can be written while it is looked at. */
async function tablesAt(location: Parameters<typeof openToLook>[0]): Promise<unknown[]> {
  const look = await openToLook(location);
  if (!look) throw new Error('There is no database.');
  try {
    await expect(look.send('DELETE FROM "Project"', [])).rejects.toThrow(/read-only transaction/);
    return await tablesOf(look.send);
  } finally {
    await look.close();
  }
}
