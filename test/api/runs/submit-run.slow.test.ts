import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { lastingDatabase } from '../../kit/database.ts';
import { copyOf, deskAndAnnex, fixture, importAgain } from '../../kit/data/projects.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const job = 'desk/dev/tickets';

interface RunFacts {
  id: string;
  kind: string;
  status: string;
  command: string;
  env: { name: string; value: string | null; isSensitive: boolean }[];
  blocks: { nodes: { position: number; kind: string; command: string; status: string }[] };
  [field: string]: unknown;
}

const fields = `run {
  id kind status command fullRefresh refreshCatalog noStateUpdate stateIdSuffix stateStrategy timeoutSeconds
  env { name value isSensitive } job { path } environment { path } project { path }
  startedAt endedAt endReason logCount blocks { nodes { position kind command extractor loader status stateId } }
}`;

const ask = async (verb: string, input: object): Promise<RunFacts> =>
  (await done<{ run: RunFacts }>(app, verb, input, fields)).run;

/** The keys that a run takes before it starts, without the ids in them. */
async function leaseKeysOf({ id }: { id: string }): Promise<string[]> {
  const run = await app.app.store.runs.byId(Buffer.from(id, 'base64url').toString().slice('Run:'.length));
  return run?.leaseKeys.map((key) => key.replace(/^state:[^:]+:/, 'state:')) ?? [];
}

async function node(path: string): Promise<{ project: string; environment: string; job: string }> {
  const [project, environment, name] = path.split('/');
  const found = await app.query<{
    project: { id: string; environment: { id: string; job: { id: string } } };
  }>(
    `query ($p: ID!, $e: String!, $j: String!) {
      project(ref: $p) { id environment(name: $e) { id job(name: $j) { id } } }
    }`,
    { p: project, e: environment, j: name },
  );
  const { id, environment: inside } = found.project;
  return { project: id, environment: inside.id, job: inside.job.id };
}

describe('runJob', () => {
  test('answers at once with the run, QUEUED, with its blocks, by the path of the job and by its id', async () => {
    const run = await ask('runJob', { job });
    const block = { status: 'PENDING', stateId: null };
    expect(run).toEqual({
      ...{ id: run.id, kind: 'RUN', status: 'QUEUED' },
      command: 'tap-tickets hide-names target-desk digest:daily',
      ...{ fullRefresh: false, refreshCatalog: false, noStateUpdate: false },
      ...{ stateIdSuffix: null, stateStrategy: 'AUTO', timeoutSeconds: null, env: [] },
      ...{ job: { path: job }, environment: { path: 'desk/dev' }, project: { path: 'desk' } },
      ...{ startedAt: null, endedAt: null, endReason: null, logCount: 0 },
      blocks: {
        nodes: [
          {
            ...{ ...block, position: 0, kind: 'EXTRACT_LOAD', command: 'tap-tickets hide-names target-desk' },
            ...{ extractor: 'tap-tickets', loader: 'target-desk' },
          },
          { ...block, position: 1, kind: 'COMMAND', command: 'digest:daily', extractor: null, loader: null },
        ],
      },
    });
    expect(await leaseKeysOf(run)).toEqual(['state:dev:tap-tickets-to-target-desk']);
    const again = await ask('runJob', { job: (await node(job)).job });
    expect(again).toMatchObject({ job: { path: job }, status: 'QUEUED' });
    expect(again.id).not.toBe(run.id);
  });

  test('keeps all that the caller chose', async () => {
    const chosen = {
      ...{ fullRefresh: true, refreshCatalog: true, noStateUpdate: true, stateIdSuffix: 'mine' },
      ...{ stateStrategy: 'MERGE', timeoutSeconds: 60 },
    };
    const env = [{ name: 'A', value: '1' }];
    const run = await ask('runJob', { job, ...chosen, env });
    expect(run).toMatchObject({ ...chosen, env: [{ name: 'A', value: '1', isSensitive: false }] });
    // Without state there is nothing to hold.
    expect(await leaseKeysOf(run)).toEqual([]);
    expect(await leaseKeysOf(await ask('runJob', { job, stateIdSuffix: 'mine' }))).toEqual([
      'state:dev:tap-tickets-to-target-desk:mine',
    ]);
    // The environment has a suffix of its own.
    expect(await leaseKeysOf(await ask('runJob', { job: 'desk/prod/calls' }))).toEqual([
      'state:prod:tap-calls-to-target-desk:eu',
    ]);
  });

  test('refuses a job that is not there, and ids of other things', async () => {
    for (const path of ['desk/dev/none', 'desk/none/tickets', 'none/dev/tickets']) {
      expect(await refused(app, 'runJob', { job: path })).toMatchObject({
        ...{ __typename: 'NotFound', code: 'NOT_FOUND', path: ['input', 'job'] },
        message: `There is no Job "${path}".`,
      });
    }
    const ids = await node(job);
    for (const wrong of [ids.project, ids.environment, 'desk/dev', 'tickets', '', '//', 'a/b/c\0']) {
      expect(mistakes(await refused(app, 'runJob', { job: wrong }))).toEqual(['input.job: NOT_FOUND']);
    }
  });

  test('refuses a job whose plugins have gone from the project', async () => {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'shrinking');
    await copy.edit('      commands: { daily: --days 1, weekly: --days 7 }\n', '');
    await copy.edit('        - name: hide-names\n', '');
    await importAgain(app, copy.directory);
    const answer = await refused(app, 'runJob', { job: 'shrinking/dev/tickets' });
    expect(mistakes(answer)).toEqual(['input.job: UNKNOWN_BLOCK', 'input.job: UNKNOWN_COMMAND']);
  });

  test("refuses a project whose `env:` would lead the run's state past the gateway", async () => {
    const copy = await copyOf('desk');
    await copy.edit('environments:\n', 'env: { MELTANO_STATE_BACKEND_URI: systemdb }\nenvironments:\n');
    await importAgain(app, copy.directory, 'astray');
    expect(await refused(app, 'runJob', { job: 'astray/dev/calls' })).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: null },
      message: expect.stringContaining('MELTANO_STATE_BACKEND_URI') as string,
    });
  });
});

describe('runCommand', () => {
  test('answers at once with a run of no job, whatever the blanks between its blocks', async () => {
    const command = '  tap-calls\tround-times  hide-names target-desk\n digest:weekly digest ';
    const run = await ask('runCommand', { environment: 'desk/prod', command });
    expect(run).toMatchObject({
      ...{ status: 'QUEUED', kind: 'RUN', job: null, environment: { path: 'desk/prod' } },
      command: 'tap-calls round-times hide-names target-desk digest:weekly digest',
    });
    expect(run.blocks.nodes.map((block) => block.command)).toEqual([
      ...['tap-calls round-times hide-names target-desk', 'digest:weekly', 'digest'],
    ]);
    const { environment } = await node(job);
    const byId = await ask('runCommand', { environment, command: 'digest' });
    expect(byId).toMatchObject({ environment: { path: 'desk/dev' } });
    expect(await leaseKeysOf(byId)).toEqual([]);
  });

  test.each<[string, string[]]>([
    ['', ['NO_BLOCKS']],
    [' \n\t ', ['NO_BLOCKS']],
    ['tap-none target-desk', ['UNKNOWN_BLOCK']],
    ['tap-calls', ['MISSING_LOADER']],
    ['tap-calls digest target-desk', ['MISSING_LOADER', 'MISPLACED_BLOCK']],
    ['target-desk', ['MISPLACED_BLOCK']],
    ['hide-names digest', ['MISPLACED_BLOCK']],
    ['tap-calls map-desk target-desk', ['MISPLACED_BLOCK']],
    ['digest:monthly', ['UNKNOWN_COMMAND']],
    ['digest:daily:twice', ['UNKNOWN_BLOCK']],
    ['tap-calls:test target-desk', ['UNKNOWN_COMMAND']],
    ['tickets', ['UNKNOWN_BLOCK']],
    ['tap-calls target-desk --full-refresh', ['UNKNOWN_BLOCK']],
    [
      'tap-none target-none digest:none tap-calls',
      [...['UNKNOWN_BLOCK', 'UNKNOWN_BLOCK'], 'UNKNOWN_COMMAND', 'MISSING_LOADER'],
    ],
  ])('refuses %j, with every mistake', async (command, codes) => {
    const answer = await refused(app, 'runCommand', { environment: 'desk/dev', command });
    expect(mistakes(answer)).toEqual(codes.map((code) => `input.command: ${code}`));
  });

  test('refuses an environment that is not there, and ids of other things', async () => {
    const missing = await refused(app, 'runCommand', { environment: 'desk/none', command: 'digest' });
    expect(missing).toMatchObject({ __typename: 'NotFound', path: ['input', 'environment'] });
    for (const environment of [(await node(job)).job, 'desk']) {
      const answer = await refused(app, 'runCommand', { environment, command: 'digest' });
      expect(mistakes(answer)).toEqual(['input.environment: NOT_FOUND']);
    }
  });
});

describe('installPlugins', () => {
  test('answers at once with a run, of all plugins that have something to install or of those named', async () => {
    const all = await ask('installPlugins', { project: 'desk' });
    expect(all).toMatchObject({
      ...{ kind: 'INSTALL', status: 'QUEUED', environment: null, job: null, project: { path: 'desk' } },
      blocks: { nodes: [] },
    });
    expect(all.command.split(' ').toSorted()).toEqual(['tap-calls', 'target-desk']);
    expect(await leaseKeysOf(all)).toEqual(['plugins']);
    const { project } = await node(job);
    const named = await ask('installPlugins', {
      project,
      plugins: ['desk/extractors/tap-calls', 'desk/utilities/digest', 'desk/extractors/tap-calls'],
      timeoutSeconds: 5,
    });
    expect(named).toMatchObject({ command: 'tap-calls digest', timeoutSeconds: 5 });
  });

  test('refuses plugins that are not there, wrong options, and a project without anything to install', async () => {
    for (const none of ['tap-calls', 'desk/extractors/none', 'annex/extractors/tap-calls']) {
      const input = { project: 'desk', plugins: ['desk/extractors/tap-calls', none], timeoutSeconds: 0 };
      expect(mistakes(await refused(app, 'installPlugins', input))).toEqual(['input.plugins.1: NOT_FOUND']);
    }
    const late = { project: 'desk', plugins: ['desk/extractors/tap-calls'], timeoutSeconds: 0 };
    expect(mistakes(await refused(app, 'installPlugins', late))).toEqual([
      'input.timeoutSeconds: OUT_OF_RANGE',
    ]);
    for (const empty of [{ project: 'annex' }, { project: 'desk', plugins: [] }]) {
      expect(mistakes(await refused(app, 'installPlugins', empty))).toEqual(['input.plugins: NO_PLUGINS']);
    }
    const missing = await refused(app, 'installPlugins', { project: 'none' });
    expect(missing).toMatchObject({ __typename: 'NotFound', path: ['input', 'project'] });
    const wrong = await refused(app, 'installPlugins', { project: (await node(job)).environment });
    expect(mistakes(wrong)).toEqual(['input.project: NOT_FOUND']);
  });
});

describe('the options of a run', () => {
  const variable = (name: string, value = ''): object => ({ name, value });

  test.each<[string, object[], string[]]>([
    ['101 variables', Array.from({ length: 101 }, (_, i) => variable(`V${i}`)), ['env: TOO_MANY']],
    ['an empty name', [variable('')], ['env.0.name: BAD_NAME']],
    [
      'names that are none',
      ['1A', 'A-B', 'A B', 'A=B', 'Ä', 'A\0'].map((name) => variable(name)),
      [0, 1, 2, 3, 4, 5].map((i) => `env.${i}.name: BAD_NAME`),
    ],
    ['a name that is too long', [variable('A'.repeat(201))], ['env.0.name: BAD_NAME']],
    ['a name that is there twice', [variable('A'), variable('B'), variable('A')], ['env.2.name: REPEATED']],
    ['a value that is too long', [variable('A', 'x'.repeat(32_769))], ['env.0.value: BAD_VALUE']],
    ['a NUL in a value', [variable('A', 'x\0')], ['env.0.value: BAD_VALUE']],
    ['half a character in a value', [variable('A', '\ud83d')], ['env.0.value: BAD_VALUE']],
    [
      'names that the gateway sets itself',
      [
        'MELTANO_DATABASE_URI',
        'MELTANO_STATE_BACKEND_URI',
        'MELTANO_ENVIRONMENT',
        'MELTANO_RUN_ID',
        'NO_UTC',
      ].map((name) => variable(name)),
      [0, 1, 2, 3, 4].map((i) => `env.${i}.name: RESERVED`),
    ],
    [
      'several mistakes',
      [variable('A'), variable('A', '\0'), variable('-')],
      ['env.1.name: REPEATED', 'env.1.value: BAD_VALUE', 'env.2.name: BAD_NAME'],
    ],
  ])('refuse %s', async (_what, env, expected) => {
    const answer = await refused(app, 'runJob', { job, env });
    expect(mistakes(answer)).toEqual(expected.map((mistake) => `input.${mistake}`));
  });

  test('take as much as is allowed, and hide what is sensitive', async () => {
    const env = [
      ...Array.from({ length: 97 }, (_, i) => ({ name: `V${i}`, value: '' })),
      { name: 'A'.repeat(200), value: '' },
      { name: 'LONG', value: 'ü'.repeat(32_768) },
      { name: 'TICKETS_PIN', value: 'hidden' },
    ];
    const run = await ask('runJob', { job, env });
    expect(run.env).toHaveLength(100);
    expect(run.env.at(-1)).toEqual({ name: 'TICKETS_PIN', value: null, isSensitive: true });
    expect(run.env.at(-2)?.value).toHaveLength(32_768);
    expect(JSON.stringify(app.logged)).not.toContain('hidden');
  });

  test.each<[object, string]>([
    [{ timeoutSeconds: 0 }, 'timeoutSeconds: OUT_OF_RANGE'],
    [{ timeoutSeconds: -1 }, 'timeoutSeconds: OUT_OF_RANGE'],
    [{ timeoutSeconds: 2_592_001 }, 'timeoutSeconds: OUT_OF_RANGE'],
    [{ stateIdSuffix: '' }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ stateIdSuffix: 'a:b' }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ stateIdSuffix: 'a/b' }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ stateIdSuffix: 'a b' }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ stateIdSuffix: 'a\0' }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ stateIdSuffix: 'x'.repeat(101) }, 'stateIdSuffix: BAD_SUFFIX'],
    [{ clientRequestId: '' }, 'clientRequestId: BAD_REQUEST_ID'],
    [{ clientRequestId: 'x'.repeat(201) }, 'clientRequestId: BAD_REQUEST_ID'],
    [{ clientRequestId: 'a\0' }, 'clientRequestId: BAD_REQUEST_ID'],
  ])('refuse %j', async (option, mistake) => {
    for (const [verb, input] of [
      ['runJob', { job }],
      ['runCommand', { environment: 'desk/dev', command: 'digest' }],
    ] as const) {
      expect(mistakes(await refused(app, verb, { ...input, ...option }))).toEqual([`input.${mistake}`]);
    }
  });

  test('take their bounds', async () => {
    const bounds = [{ timeoutSeconds: 1 }, { timeoutSeconds: 2_592_000 }, { stateIdSuffix: 'x'.repeat(100) }];
    for (const option of bounds) expect(await ask('runJob', { job, ...option })).toMatchObject(option);
  });

  test('are checked together with the blocks', async () => {
    const input = {
      ...{ environment: 'desk/dev', command: 'nothing digest:none', timeoutSeconds: 0, stateIdSuffix: '/' },
      ...{ env: [{ name: '', value: '' }], clientRequestId: '' },
    };
    expect(mistakes(await refused(app, 'runCommand', input))).toEqual([
      'input.command: UNKNOWN_BLOCK',
      'input.command: UNKNOWN_COMMAND',
      'input.env.0.name: BAD_NAME',
      'input.stateIdSuffix: BAD_SUFFIX',
      'input.timeoutSeconds: OUT_OF_RANGE',
      'input.clientRequestId: BAD_REQUEST_ID',
    ]);
  });
});

describe('a clientRequestId', () => {
  const runs = () => app.app.store.prisma.run.count();

  test.each<[string, object]>([
    ['runJob', { job, env: [{ name: 'A', value: '1' }], timeoutSeconds: 9 }],
    ['runCommand', { environment: 'desk/dev', command: 'digest:daily' }],
    ['installPlugins', { project: 'desk', plugins: ['desk/extractors/tap-calls'] }],
  ])('with the same input of %s gives the first run again, as it is now', async (verb, input) => {
    const keyed = { ...input, clientRequestId: `same-${verb}` };
    const first = await ask(verb, keyed);
    const before = await runs();
    expect(await ask(verb, keyed)).toEqual(first);
    expect(await runs()).toBe(before);
    await done(app, 'cancelRun', { run: first.id }, 'run { id }');
    expect(await ask(verb, keyed)).toMatchObject({ id: first.id, status: 'CANCELLED' });
    expect(await runs()).toBe(before);
  });

  test('gives the first run also when its job has gone since', async () => {
    const { id } = (
      await done<{ job: { id: string } }>(
        app,
        'createJob',
        { environment: 'desk/dev', name: 'short-lived', tasks: [{ blocks: ['digest'] }] },
        'job { id }',
      )
    ).job;
    const keyed = { job: 'desk/dev/short-lived', clientRequestId: 'short-lived' };
    const run = await ask('runJob', keyed);
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    await done(app, 'deleteJob', { job: id }, 'job { id }');
    expect((await ask('runJob', keyed)).id).toBe(run.id);
  });

  test('of ten that arrive at once makes one run', async () => {
    const keyed = { job, clientRequestId: 'ten' };
    const before = await runs();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('runJob', keyed)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await runs()).toBe(before + 1);
    // One message wakes one worker.
    const id = Buffer.from(answers[0]?.id ?? '', 'base64url')
      .toString()
      .slice('Run:'.length);
    const messages = async (): Promise<number> => {
      const [row] = await app.app.store.prisma.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM pgboss.job WHERE data ->> 'runId' = ${id}`;
      return row?.count ?? NaN;
    };
    await waitFor('The message', async () => (await messages()) > 0);
    expect(await messages()).toBe(1);
  });

  test.each<[string, string, object]>([
    ['another option', 'runJob', { job, timeoutSeconds: 5 }],
    ['another job', 'runJob', { job: 'desk/dev/calls' }],
    ['another variable', 'runJob', { job, env: [{ name: 'A', value: '2' }] }],
    ['another verb', 'runCommand', { environment: 'desk/dev', command: 'digest' }],
  ])('with %s is a Conflict', async (_what, verb, input) => {
    await ask('runJob', { job, clientRequestId: 'first-use' });
    const answer = await refused(app, verb, { ...input, clientRequestId: 'first-use' });
    expect(answer).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'clientRequestId'] },
      message: 'The clientRequestId "first-use" was used before with another input; take a new one.',
    });
  });

  test('of different inputs at once makes one run, and the others are Conflicts', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map((timeoutSeconds) =>
        call<object>(app, 'runJob', { job, timeoutSeconds, clientRequestId: 'contested' }, 'run { id }'),
      ),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      'Conflict',
      'Conflict',
      'RunJobSuccess',
    ]);
  });

  test('of a request that was refused is free', async () => {
    const keyed = { clientRequestId: 'refused-first' };
    await refused(app, 'runJob', { job, timeoutSeconds: 0, ...keyed });
    expect(await ask('runJob', { job, timeoutSeconds: 1, ...keyed })).toMatchObject({ status: 'QUEUED' });
  });

  test('holds across a restart', async () => {
    const database = await lastingDatabase();
    const projects = [{ name: 'desk', directory: fixture('desk') }];
    const keyed = { job, clientRequestId: 'over-restarts' };
    const ids: string[] = [];
    try {
      for (let start = 0; start < 2; start++) {
        const gateway = await startTestApp({ database, projects });
        const { run } = await done<{ run: { id: string } }>(gateway, 'runJob', keyed, 'run { id }');
        ids.push(run.id);
        await gateway.stop();
      }
      expect(ids[1]).toBe(ids[0]);
    } finally {
      await database.drop();
    }
  });
});

describe('cancelRun', () => {
  const set = async (id: string, data: object): Promise<void> => {
    const rowId = Buffer.from(id, 'base64url').toString().slice('Run:'.length);
    await app.app.store.prisma.run.update({ where: { id: rowId }, data });
  };

  test('of a queued run cancels it at once, with its blocks', async () => {
    const { id } = await ask('runJob', { job });
    const run = await ask('cancelRun', { run: id });
    expect(run).toMatchObject({
      ...{ id, status: 'CANCELLED', endReason: 'CANCEL_REQUESTED', startedAt: null },
      endedAt: expect.stringMatching(/Z$/) as string,
    });
    expect(run.blocks.nodes.map(({ status }) => status)).toEqual(['ABANDONED', 'ABANDONED']);
  });

  test('of a queued run a second time is refused, as of any that has ended', async () => {
    const { id } = await ask('runJob', { job });
    await ask('cancelRun', { run: id });
    expect(await refused(app, 'cancelRun', { run: id })).toMatchObject({
      ...{ __typename: 'WrongStatus', code: 'WRONG_STATUS', path: ['input', 'run'] },
      ...{ runStatus: 'CANCELLED', operationStatus: null },
      message: 'The run has ended as CANCELLED; only a run that has not ended can be cancelled.',
    });
    for (const status of ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'LOST']) {
      await set(id, { status });
      expect(await refused(app, 'cancelRun', { run: id })).toMatchObject({
        __typename: 'WrongStatus',
        runStatus: status,
      });
    }
  });

  test('of a running one asks its worker, and asking twice is no mistake', async () => {
    const { id } = await ask('runJob', { job });
    await set(id, { status: 'RUNNING', startedAt: new Date(), workerId: 'elsewhere' });
    expect(await ask('cancelRun', { run: id })).toMatchObject({ status: 'CANCELLING', endedAt: null });
    expect(await ask('cancelRun', { run: id })).toMatchObject({ status: 'CANCELLING', endedAt: null });
    await set(id, { status: 'CANCELLED', endedAt: new Date() });
  });

  test('twice at once on a queued run cancels it once', async () => {
    const { id } = await ask('runJob', { job });
    const answers = await Promise.all(
      [1, 2, 3].map(() => call<object>(app, 'cancelRun', { run: id }, 'run { id }')),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      'CancelRunSuccess',
      'WrongStatus',
      'WrongStatus',
    ]);
  });

  test('by the path of a job means its newest run', async () => {
    const [older, newer] = [
      await ask('runJob', { job: 'annex/dev/calls' }),
      await ask('runJob', { job: 'annex/dev/calls' }),
    ];
    expect(await ask('cancelRun', { run: 'annex/dev/calls' })).toMatchObject({ id: newer.id });
    expect(older.id).not.toBe(newer.id);
    // The newest, whatever its status: never a surprise about which.
    expect(await refused(app, 'cancelRun', { run: 'annex/dev/calls' })).toMatchObject({
      __typename: 'WrongStatus',
    });
  });

  test('refuses what is not there, and ids of other things', async () => {
    const none = Buffer.from('Run:00000000-0000-7000-8000-000000000000').toString('base64url');
    for (const run of [none, 'desk/dev/none', 'desk/prod/calls']) {
      // That job has never run.
      if (run === 'desk/prod/calls') {
        await app.app.store.prisma.run.updateMany({
          where: { job: { name: 'calls' }, environment: { name: 'prod' } },
          data: { jobId: null },
        });
      }
      expect(await refused(app, 'cancelRun', { run })).toMatchObject({
        __typename: 'NotFound',
        path: ['input', 'run'],
      });
    }
    for (const run of [(await node(job)).job, 'nonsense', '']) {
      expect(mistakes(await refused(app, 'cancelRun', { run }))).toEqual(['input.run: NOT_FOUND']);
    }
  });
});
