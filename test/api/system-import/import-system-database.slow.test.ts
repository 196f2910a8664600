import { cp, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { freshDatabase, type TestDatabase } from '../../kit/database.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import {
  copyToPostgres,
  emptySystemDatabase,
  onSqlite,
  runMeltanoIn,
} from '../../kit/meltano/system-database.ts';
import { readState } from '../../kit/verbs/states.ts';
import { done, mistakes, refused, validate } from '../../kit/verbs/call.ts';

interface Imported {
  states: Counts;
  runs: Counts;
  skipped: { entry: string; stateId: string | null; reason: string; count: number }[];
  isTruncated: boolean;
  isComplete: boolean;
}

interface Counts {
  imported: number;
  unchanged: number;
  skipped: number;
}

interface PastRun {
  id: string;
  status: string;
  command: string;
  createdAt: string;
  startedAt: string;
  endedAt: string;
  importedAt: string | null;
  meltanoRunId: string | null;
  errorMessage: string | null;
  stateIdSuffix: string | null;
  job: { name: string } | null;
  blocks: { nodes: { position: number; stateId: string; status: string; errorMessage: string | null }[] };
}

/** Where a system database on PostgreSQL can be made, whatever database the gateway has. */
const serverUrl = process.env.TEST_DATABASE_URL;

const counts = 'imported unchanged skipped';
const selection = `states { ${counts} } runs { ${counts} } skipped { entry stateId reason count } isTruncated isComplete`;
const pair = 'dev:tap-numbers-to-target-lines';

describeWithMeltano('a system database of the real Meltano', () => {
  let app: TestApp;
  let home: string;
  let directory: string;
  let file: string;
  const servers: TestDatabase[] = [];
  const kinds = ['sqliteFile', 'postgres'] as const;

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'meltano-graphql-system-')));
    directory = join(home, 'numbers');
    file = join(directory, '.meltano/meltano.db');
    await cp(fileURLToPath(new URL('../../fixtures/meltano-project', import.meta.url)), directory, {
      recursive: true,
    });
    const run = (...blocks: string[]) => ['--environment=dev', 'run', '--no-install', ...blocks];
    expect(await runMeltanoIn(directory, run('tap-numbers', 'target-lines'))).toBe(0);
    const two = ['tap-numbers', 'target-lines', 'shell:notify', 'tap-numbers-structured', 'target-lines'];
    expect(await runMeltanoIn(directory, run(...two))).toBe(0);
    const failing = { TAP_NUMBERS_FAIL_AFTER: '2' };
    expect(
      await runMeltanoIn(directory, run('--state-id-suffix=eu', 'tap-numbers', 'target-lines'), failing),
    ).toBe(1);
    // Makes a row in `runs` that is no run.
    const document = '{"singer_state": {"at": 12345678901234567890}}';
    expect(await runMeltanoIn(directory, ['state', 'set', '--force', 'dev:free', document])).toBe(0);
    const columns =
      'job_name, run_id, state, started_at, ended_at, last_heartbeat_at, payload, payload_flags';
    await onSqlite(
      file,
      `INSERT INTO runs (${columns}) VALUES
         ('${pair}', '0123456789abcdef0123456789abcdef', 'RUNNING', '2024-01-02 03:04:05.678901', NULL, '2024-01-02 03:05:00', '{}', 0),
         ('${pair}', '1123456789abcdef0123456789abcdef', 'RUNNING', datetime('now'), NULL, datetime('now'), '{}', 0),
         ('none:tap-a-to-target-b', '2123456789abcdef0123456789abcdef', 'SUCCESS', '2024-01-01 00:00:00', '2024-01-01 00:00:01', NULL, '{}', 0),
         ('dev:free', '3123456789abcdef0123456789abcdef', 'SUCCESS', '2024-01-01 00:00:00', '2024-01-01 00:00:01', NULL, '{}', 0);
       INSERT INTO state (state_id, completed_state, partial_state) VALUES
         ('elsewhere', '{}', '{}'), ('dev:empty', '{}', NULL), ('dev:wrong', '[]', '{}'), ('dev:not/one', '{"a": 1}', '{}'),
         ('prod:part', NULL, '{"singer_state": {"a": 1}}');`,
    );
  });
  beforeAll(async () => {
    const addresses = new Map<string, string>([['NOWHERE', 'postgresql://user:hidden@127.0.0.1:1/none']]);
    const projects = kinds.map((kind) => ({ name: kind, directory: join(home, kind) }));
    for (const { directory: copy } of projects) await cp(directory, copy, { recursive: true });
    if (serverUrl !== undefined) {
      const server = await freshDatabase(serverUrl);
      servers.push(server);
      const { url } = server.location as { url: string };
      await copyToPostgres(file, url);
      addresses.set('OLD', `${url}?options=-csearch_path%3Dsystem_database`);
      addresses.set('EMPTY', url);
    }
    app = await startTestApp({ projects, systemDatabases: addresses });
  });
  afterAll(async () => {
    await app.stop();
    for (const server of servers) await server.drop();
    await rm(home, { recursive: true, force: true });
  });

  const sources = { sqliteFile: { sqliteFile: '.meltano/meltano.db' }, postgres: { postgres: 'OLD' } };
  const runsOf = async (project: string): Promise<PastRun[]> => {
    const answer = await app.query<{ project: { environment: { runs: { nodes: PastRun[] } } } }>(
      `query ($project: ID!) { project(ref: $project) { environment(name: "dev") { runs { nodes {
        id status command createdAt startedAt endedAt importedAt meltanoRunId errorMessage stateIdSuffix job { name }
        blocks { nodes { position stateId status errorMessage } }
      } } } } }`,
      { project },
    );
    return answer.project.environment.runs.nodes;
  };

  test.for(kinds)('in %s comes with its states and its runs, once', async (kind, { skip }) => {
    skip(kind === 'postgres' && serverUrl === undefined, 'There is no server.');
    const input = { project: kind, source: sources[kind] };
    expect(await validate(app, 'importSystemDatabase', input)).toEqual({ __typename: 'Validated' });
    const { statements, result } = await app.counting(() =>
      done<Imported>(app, 'importSystemDatabase', input, `project { name } ${selection}`),
    );
    expect(result).toMatchObject({
      project: { name: kind },
      states: { imported: 5, unchanged: 0, skipped: 4 },
      runs: { imported: 4, unchanged: 0, skipped: 3 },
      ...{ isTruncated: false, isComplete: true },
    });
    expect(
      result.skipped.map(({ entry, stateId, reason }) => `${entry} ${stateId ?? ''} ${reason}`).sort(),
    ).toEqual([
      ...['RUN dev:free BAD_RUN', `RUN ${pair} STILL_RUNNING`, 'RUN none:tap-a-to-target-b NO_ENVIRONMENT'],
      ...['STATE dev:empty EMPTY', 'STATE dev:not/one BAD_STATE_ID', 'STATE dev:wrong BAD_DOCUMENTS'],
      'STATE elsewhere NO_ENVIRONMENT',
    ]);
    // As many for any number of states of an environment, and of runs, up to a batch.
    expect(statements.length).toBeLessThan(40);

    expect(await readState(app, `${kind}/dev/${pair}`)).toMatchObject({
      ...{ completed: { singer_state: { bookmarks: { numbers: { id: 6 } } } }, partial: {}, version: 1 },
      versions: { nodes: [{ change: 'IMPORT', version: 1 }] },
    });
    expect(await readState(app, `${kind}/prod/prod:part`)).toMatchObject({
      ...{ completed: {}, partial: { singer_state: { a: 1 } } },
    });
    expect(JSON.stringify(await readState(app, `${kind}/dev/dev:free`))).toContain('12345678901234567');

    const [failed, both, first, lost, ...none] = await runsOf(kind);
    expect(none).toEqual([]);
    expect(failed).toMatchObject({
      ...{ status: 'FAILED', command: 'tap-numbers target-lines', stateIdSuffix: 'eu' },
      errorMessage: expect.stringContaining('Extractor failed') as string,
      blocks: { nodes: [{ stateId: `${pair}:eu`, status: 'FAILED' }] },
    });
    expect(both).toMatchObject({
      ...{ status: 'SUCCEEDED', job: null, errorMessage: null },
      command: 'tap-numbers target-lines tap-numbers-structured target-lines',
      blocks: {
        nodes: [
          { position: 0, stateId: pair, status: 'SUCCEEDED' },
          { position: 1, stateId: 'dev:tap-numbers-structured-to-target-lines', status: 'SUCCEEDED' },
        ],
      },
    });
    expect(first).toMatchObject({ status: 'SUCCEEDED', job: { name: 'numbers' }, stateIdSuffix: null });
    expect(first?.createdAt).toBe(first?.startedAt);
    expect(Date.parse(first?.endedAt ?? '')).toBeGreaterThan(Date.parse(first?.startedAt ?? ''));
    expect(first?.importedAt).not.toBeNull();
    expect(lost).toMatchObject({
      ...{ status: 'LOST', meltanoRunId: '01234567-89ab-cdef-0123-456789abcdef' },
      ...{ createdAt: '2024-01-02T03:04:05.678Z', endedAt: '2024-01-02T03:05:00.000Z' },
      blocks: { nodes: [{ status: 'ABANDONED' }] },
    });

    const again = await done<Imported>(app, 'importSystemDatabase', input, selection);
    expect(again).toMatchObject({
      states: { imported: 0, unchanged: 5, skipped: 4 },
      runs: { imported: 0, unchanged: 4, skipped: 3 },
    });
    expect(await runsOf(kind)).toEqual([failed, both, first, lost]);
  });

  test('leaves states alone that are there already, cleared or not, unless they are to be overwritten', async () => {
    const changed = {
      environment: 'sqliteFile/dev',
      stateId: pair,
      document: { json: { singer_state: { mine: true } } },
    };
    await done(app, 'setState', changed, 'state { id }');
    await done(app, 'clearState', { state: 'sqliteFile/dev/dev:free' }, 'state { id }');
    const kept = await done<Imported>(app, 'importSystemDatabase', { project: 'sqliteFile' }, selection);
    expect(kept.states).toEqual({ imported: 0, unchanged: 3, skipped: 6 });
    expect(kept.skipped).toContainEqual({ entry: 'STATE', stateId: pair, reason: 'EXISTS', count: 1 });
    expect(await readState(app, `sqliteFile/dev/${pair}`)).toMatchObject({
      completed: changed.document.json,
    });

    const input = { project: 'sqliteFile', overwrite: true };
    const written = await done<Imported>(app, 'importSystemDatabase', input, selection);
    expect(written.states).toEqual({ imported: 2, unchanged: 3, skipped: 4 });
    expect(await readState(app, `sqliteFile/dev/${pair}`)).toMatchObject({
      ...{ completed: { singer_state: { bookmarks: { numbers: { id: 6 } } } }, version: 3 },
    });
    expect(await readState(app, 'sqliteFile/dev/dev:free')).toMatchObject({ version: 3 });
  });

  test('is refused while a run holds a state id that it would write, unless it is forced', async () => {
    const changed = {
      environment: 'sqliteFile/dev',
      stateId: pair,
      document: { json: { singer_state: { mine: true } } },
    };
    await done(app, 'setState', changed, 'state { id }');
    const { environments } = await app.app.store.prisma.project.findFirstOrThrow({
      where: { name: 'sqliteFile' },
      include: { environments: { where: { name: 'dev' } } },
    });
    const { id: environmentId = '', projectId = '' } = environments[0] ?? {};
    const run = await app.app.store.prisma.run.create({
      data: { projectId, environmentId, kind: 'RUN', status: 'RUNNING', command: 'tap-numbers target-lines' },
    });
    const key = `state:${environmentId}:${pair}`;
    await app.app.store.leases.take(projectId, [key], run.id);
    await done(app, 'importSystemDatabase', { project: 'sqliteFile' }, selection);
    const input = { project: 'sqliteFile', overwrite: true };
    expect(await refused(app, 'importSystemDatabase', input)).toMatchObject({ __typename: 'Busy' });
    const forced = await done<Imported>(app, 'importSystemDatabase', { ...input, force: true }, selection);
    expect(forced.states.imported).toBe(1);
    await app.app.store.prisma.run.delete({ where: { id: run.id } });
  });

  test('is refused when there is none, when it lies outside of the project, and when nobody has allowed it', async () => {
    const wrong = (source: object) => refused(app, 'importSystemDatabase', { project: 'sqliteFile', source });
    const copy = join(home, 'sqliteFile');
    expect(await wrong({ sqliteFile: 'none.db' })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'source', 'sqliteFile'] },
    });
    await symlink(file, join(copy, 'link.db'));
    for (const sqliteFile of [
      '../numbers/.meltano/meltano.db',
      '../none',
      file,
      '/etc/passwd',
      'link.db',
      '.',
    ]) {
      expect(mistakes(await wrong({ sqliteFile })), sqliteFile).toEqual(['input.source.sqliteFile: OUTSIDE']);
    }
    expect(mistakes(await wrong({ sqliteFile: '' }))).toEqual(['input.source.sqliteFile: BAD_PATH']);
    expect(await wrong({ sqliteFile: 'bin' })).toMatchObject({ __typename: 'NotFound' });
    await writeFile(join(copy, 'text.db'), 'no database, and longer than the header of one '.repeat(10));
    await onSqlite(join(copy, 'other.db'), 'CREATE TABLE other (id integer)');
    for (const sqliteFile of ['text.db', 'other.db']) {
      expect(await wrong({ sqliteFile })).toMatchObject({
        ...{ __typename: 'Conflict', message: expect.stringContaining('not the tables') as string },
      });
    }
    expect(mistakes(await wrong({ postgres: 'PATH' }))).toEqual(['input.source.postgres: UNKNOWN_DATABASE']);
    const unreachable = await wrong({ postgres: 'NOWHERE' });
    expect(unreachable).toMatchObject({ __typename: 'Conflict' });
    expect(unreachable.message).toContain('ECONNREFUSED');
    expect(unreachable.message).not.toContain('hidden');
  });

  test.skipIf(serverUrl === undefined)('that has none of the tables is refused', async () => {
    const empty = { project: 'sqliteFile', source: { postgres: 'EMPTY' } };
    expect(await refused(app, 'importSystemDatabase', empty)).toMatchObject({ __typename: 'Conflict' });
  });

  test('comes in several calls when it is too much for one', async () => {
    const large = join(home, 'large');
    await emptySystemDatabase(large);
    await onSqlite(
      join(large, '.meltano/meltano.db'),
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)
       INSERT INTO state (state_id, completed_state) SELECT 'dev:s' || i, '{"singer_state": {}}' FROM n`,
    );
    const project = await app.app.store.projects.create({ name: 'large', directory: large });
    await app.app.store.prisma.environment.create({ data: { projectId: project.id, name: 'dev' } });
    const imported = () => done<Imported>(app, 'importSystemDatabase', { project: 'large' }, selection);
    expect(await imported()).toMatchObject({ states: { imported: 2000, unchanged: 0 }, isComplete: false });
    expect(await imported()).toMatchObject({ states: { imported: 1, unchanged: 2000 }, isComplete: true });
  });

  test('brings in what names no environment into the one that the caller names, and counts what is nothing', async () => {
    const old = join(home, 'old');
    await emptySystemDatabase(old);
    const [first, second, third] = ['0', '1', '2'].map((digit) => digit.padEnd(32, '3'));
    const end = `'SUCCESS', '2023-04-20 10:11:12', '2023-04-20 10:12:00'`;
    await onSqlite(
      join(old, '.meltano/meltano.db'),
      `INSERT INTO runs (job_name, run_id, state, started_at, ended_at) VALUES
         ('legacy-elt', '${first}', ${end}), ('2023-04-20T101112--tap-a--target-b', '${second}', ${end}),
         ('dev:tap-a-to-target-b:nightly', '${third}', ${end}), (NULL, NULL, NULL, NULL, NULL);
       INSERT INTO state (state_id, completed_state) VALUES
         ('legacy-elt', '{"singer_state": {"a": 1}}'), ('there:tap-a-to-target-b', '{"singer_state": {"a": 1}}'), (NULL, NULL)`,
    );
    const { prisma, projects } = app.app.store;
    const { id: projectId } = await projects.create({ name: 'old', directory: old });
    const { id: environmentId } = await prisma.environment.create({ data: { projectId, name: 'dev' } });
    const ab = { tasks: [['tap-a', 'target-b']], pairs: ['tap-a-to-target-b'] };
    const jobs = [
      { name: 'nightly', ...ab },
      { name: 'hourly', ...ab },
      { name: 'legacy-elt', tasks: [] },
    ];
    for (const job of jobs) await prisma.job.create({ data: { environmentId, ...job } });

    const without = await done<Imported>(app, 'importSystemDatabase', { project: 'old' }, selection);
    expect(without).toMatchObject({
      states: { imported: 0, unchanged: 0, skipped: 3 },
      runs: { imported: 1, unchanged: 0, skipped: 3 },
    });
    const reasons = ({ skipped }: Imported): string[] =>
      skipped.map(({ entry, stateId, reason }) => `${entry} ${stateId ?? ''} ${reason}`).sort();
    const always = ['RUN  BAD_RUN', 'STATE  BAD_STATE_ID', 'STATE there:tap-a-to-target-b NO_ENVIRONMENT'];
    expect(reasons(without)).toEqual(
      [
        ...['RUN 2023-04-20T101112--tap-a--target-b NO_ENVIRONMENT', 'RUN legacy-elt NO_ENVIRONMENT'],
        ...['STATE legacy-elt NO_ENVIRONMENT', ...always],
      ].sort(),
    );
    const input = { project: 'old', environment: 'old/dev' };
    const named = await done<Imported>(app, 'importSystemDatabase', input, selection);
    expect(named).toMatchObject({
      states: { imported: 1, unchanged: 0, skipped: 2 },
      runs: { imported: 2, unchanged: 1, skipped: 1 },
      isComplete: true,
    });
    expect(reasons(named)).toEqual(always);
    expect(await readState(app, 'old/dev/legacy-elt')).toMatchObject({
      completed: { singer_state: { a: 1 } },
    });
    const runs = (await runsOf('old')).map(({ command, stateIdSuffix, job }) => [
      command,
      stateIdSuffix,
      job?.name,
    ]);
    expect(runs.sort()).toEqual(
      [
        ['legacy-elt', null, 'legacy-elt'],
        ['tap-a target-b', null, undefined],
        ['tap-a target-b', 'nightly', 'nightly'],
      ].sort(),
    );
    const foreign = await refused(app, 'importSystemDatabase', { ...input, environment: 'sqliteFile/dev' });
    expect(mistakes(foreign)).toEqual(['input.environment: OTHER_PROJECT']);
  });

  test('has given its first answer again when the request is repeated, even with the file gone', async () => {
    const input = { project: 'sqliteFile', clientRequestId: 'import-1' };
    const first = await done<Imported>(app, 'importSystemDatabase', input, selection);
    await rm(join(home, 'sqliteFile/.meltano/meltano.db'));
    expect(await done(app, 'importSystemDatabase', input, selection)).toEqual(first);
    expect(await refused(app, 'importSystemDatabase', { project: 'sqliteFile' })).toMatchObject({
      __typename: 'NotFound',
    });
  });
});
