import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MeltanoEvent } from '../../src/runner/output/meltano-event.ts';
import { harvestStates } from '../../src/runner/run-meltano.ts';
import type { ReceivedLine } from '../../src/runner/run-meltano.ts';
import { removeRunDirectory } from '../../src/runner/run-directory.ts';
import type { StateDocuments, StoredState } from '../../src/runner/states/state-files.ts';
import { killStrayRun } from '../../src/runner/process/stray-run.ts';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { waitFor } from '../kit/wait.ts';
import { fixtureProject, runReal, startReal, temporaryProject } from './kit.ts';

const pair = ['tap-numbers', 'target-lines'];
const stateId = 'dev:tap-numbers-to-target-lines';
const bookmark = (id: number) => ({ singer_state: { bookmarks: { numbers: { id } } } });
const other = { singer_state: { bookmarks: { other: { id: 9 } } } };

function documents(states: ReadonlyMap<string, StoredState>): Record<string, StateDocuments> {
  return Object.fromEntries([...states].map(([id, { completed, partial }]) => [id, { completed, partial }]));
}

function meltanoEvents<Kind extends MeltanoEvent['kind']>(
  lines: ReceivedLine[],
  kind: Kind,
): Extract<MeltanoEvent, { kind: Kind }>[] {
  return lines.flatMap(({ meltanoEvent }) =>
    meltanoEvent?.kind === kind ? [meltanoEvent as Extract<MeltanoEvent, { kind: Kind }>] : [],
  );
}

/** A proxy that every program would use, and that counts who asks it. */
async function countingProxy() {
  let asked = 0;
  const proxy = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy'];
  return {
    env: { ...Object.fromEntries(names.map((name) => [name, url])), NO_PROXY: '' },
    asked: () => asked,
    close: () => proxy.close(),
  };
}

const messages = (lines: ReceivedLine[]) => lines.map((line) => line.message);

/** A state to start from, with a stream that the tap knows nothing of. */
const before = { singer_state: { bookmarks: { numbers: { id: 10 }, other: { id: 9 } } } };
const ten = new Map([[stateId, { completed: before, partial: {} }]]);

// Each of these starts a real Meltano, which takes one to two seconds, more on a busy machine.
describeWithMeltano('the real Meltano', () => {
  test('a pair and a command run, and say so; their files are their own, and the network is asked for nothing', async () => {
    const network = await countingProxy();
    const { ended, lines, changes, runId, runDirectory } = await runReal([...pair, 'shell:notify'], {
      env: { ...network.env, TAP_NUMBERS_API_KEY: 'secret' },
    });
    network.close();
    expect(network.asked()).toBe(0);
    expect(ended).toMatchObject({ exitCode: 0, signal: null, failedToStart: null, forced: false });
    expect(meltanoEvents(lines, 'MELTANO_STARTED')).toHaveLength(1);
    expect(meltanoEvents(lines, 'BLOCK_STARTED')).toEqual([{ kind: 'BLOCK_STARTED', stateId, runId }]);
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')).toMatchObject([
      { setNumber: 0, blockType: 'EXTRACT_LOAD', success: true, error: null, exitCodes: [] },
      { setNumber: 1, blockType: 'COMMAND', success: true, error: null, exitCodes: [] },
    ]);
    expect(lines.at(-1)?.meltanoEvent).toMatchObject({ kind: 'RUN_COMPLETED', success: true });
    expect(lines.filter((line) => line.timestamp === null)).toEqual([]);
    expect(documents(ended.states)).toEqual({ [stateId]: { completed: bookmark(3), partial: {} } });
    expect(ended.stateWentElsewhere).toBe(false);
    expect(changes.at(-1)).toMatchObject({ stateId, state: { completed: bookmark(3) } });

    expect((await stat(runDirectory)).mode & 0o777).toBe(0o700);
    expect((await readdir(runDirectory)).sort()).toEqual(['logs', 'meltano.db', 'state', 'system']);
    await removeRunDirectory(runDirectory);
    await expect(stat(runDirectory)).rejects.toThrow('ENOENT');
    await removeRunDirectory(runDirectory);
  });

  test('records are counted by tap and target, in text and in structured logging; a suffix makes state ids of its own; plugins see the variables of the run and none of ours', async () => {
    const blocks = [...pair, 'tap-numbers-structured', 'same', 'target-lines', 'shell:environment'];
    const { lines, ended } = await runReal(blocks, {
      baseEnv: { ...process.env, DATABASE_URL: 'postgres://secret' },
      env: { SHELL_WORD: 'hello' },
      trigger: 'schedule:nightly',
      options: { stateIdSuffix: 'eu 1' },
    });
    const counts = lines
      .filter((line) => line.metric !== null)
      .map((line) => [line.plugin, line.metric?.value]);
    expect(counts).toEqual([
      ['tap-numbers', 3],
      ['target-lines', 3],
      ['tap-numbers-structured', 3],
      ['target-lines', 3],
    ]);
    const ids = [stateId, 'dev:tap-numbers-structured-to-target-lines'];
    expect([...ended.states.keys()].sort()).toEqual(ids.map((id) => `${id}:eu 1`).sort());

    const line = messages(lines).find((message) => message.startsWith('ENVIRONMENT ')) ?? '';
    const seen = JSON.parse(line.slice('ENVIRONMENT '.length)) as Record<string, string>;
    expect(seen).toMatchObject({ SHELL_WORD: 'hello', MELTANO_JOB_TRIGGER: 'schedule:nightly' });
    expect(seen).not.toHaveProperty('DATABASE_URL');
    expect(seen).not.toHaveProperty('VITEST');
    expect(seen.MELTANO_DATABASE_URI).toMatch(/^sqlite:/);
  });

  test('states of other ids are handed back as they were, and not told of as changes; a second run goes on after the bookmark of the first', async () => {
    const states = new Map([
      ['prod:tap-numbers-to-target-lines', { completed: bookmark(1), partial: other }],
    ]);
    const first = await runReal(pair, { states });
    expect(documents(first.ended.states)['prod:tap-numbers-to-target-lines']).toEqual({
      completed: bookmark(1),
      partial: other,
    });
    expect(new Set(first.changes.map((change) => change.stateId))).toEqual(new Set([stateId]));

    const second = await runReal(pair, { states: first.ended.states });
    expect(messages(second.lines)).toContain('starting after 3');
    expect(documents(second.ended.states)[stateId]?.completed).toEqual(bookmark(6));
  });

  test('a tap that fails half-way has replaced the completed state with what was acknowledged', async () => {
    const { ended, lines } = await runReal(pair, { states: ten, env: { TAP_NUMBERS_FAIL_AFTER: '2' } });
    expect(ended).toMatchObject({ exitCode: 1, signal: null });
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')).toMatchObject([
      {
        success: false,
        error: 'Extractor failed',
        exitCodes: [{ role: 'EXTRACTOR', plugin: null, exitCode: 7 }],
      },
    ]);
    expect(lines.at(-1)?.meltanoEvent).toMatchObject({ kind: 'RUN_COMPLETED', success: false });
    expect(documents(ended.states)[stateId]).toEqual({ completed: bookmark(12), partial: {} });
  });

  test('a target that fails keeps what it acknowledged before', async () => {
    const { ended, lines } = await runReal(pair, { env: { TARGET_LINES_FAIL_AFTER: '2' } });
    expect(ended.exitCode).toBe(1);
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')).toMatchObject([
      { success: false, error: 'Loader failed' },
    ]);
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')[0]?.exitCodes).toContainEqual({
      ...{ role: 'LOADER', plugin: null, exitCode: 9 },
    });
    expect(documents(ended.states)[stateId]).toEqual({ completed: bookmark(1), partial: {} });
  });

  test('of a mapper that fails when the others went well, the name is told', async () => {
    const blocks = ['tap-numbers', 'same', 'target-lines'];
    const { lines } = await runReal(blocks, { env: { MAPPER_SAME_EXIT_CODE: '3' } });
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')).toMatchObject([
      {
        ...{ success: false, error: 'Mappers failed' },
        exitCodes: [{ role: 'MAPPER', plugin: 'mapper-same', exitCode: 3 }],
      },
    ]);
  });

  test('a project without an id of its own runs, and gets none', async () => {
    const projectDirectory = await temporaryProject();
    const file = join(projectDirectory, 'meltano.yml');
    const text = (await readFile(file, 'utf8')).replace(/^project_id: .*\n/m, '');
    await writeFile(file, text);
    const { ended } = await runReal(pair, { projectDirectory });
    expect(ended).toMatchObject({ exitCode: 0, failedToStart: null });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('a failed block ends the run', async () => {
    const { ended, lines } = await runReal(['shell:fail', 'shell:notify']);
    expect(ended.exitCode).toBe(1);
    expect(meltanoEvents(lines, 'BLOCK_COMPLETED')).toMatchObject([
      { setNumber: 0, blockType: 'COMMAND', error: '`shell fail` failed with exit code: 5', exitCodes: [] },
    ]);
  });

  test('each state strategy writes its documents', async () => {
    // AUTO, the usual one, is that of all other tests.
    const rows: [string, Parameters<typeof startReal>[1], StateDocuments][] = [
      [
        'MERGE',
        { options: { stateStrategy: 'MERGE' } },
        {
          completed: before,
          partial: bookmark(13),
        },
      ],
      [
        'full refresh',
        { options: { fullRefresh: true } },
        {
          completed: before,
          partial: bookmark(3),
        },
      ],
      [
        'full refresh, OVERWRITE',
        { options: { fullRefresh: true, stateStrategy: 'OVERWRITE' } },
        { completed: bookmark(3), partial: {} },
      ],
    ];
    for (const [name, options, expected] of rows) {
      const { ended } = await runReal(pair, { states: ten, ...options });
      expect([name, documents(ended.states)[stateId]]).toEqual([name, expected]);
    }
  });

  test('without state updates a run starts from nothing, and leaves state alone', async () => {
    const { ended, lines, changes } = await runReal(pair, { states: ten, options: { noStateUpdate: true } });
    expect(ended.exitCode).toBe(0);
    expect(messages(lines)).toContain('starting after 0');
    expect(meltanoEvents(lines, 'BLOCK_STARTED')).toEqual([]);
    expect(documents(ended.states)).toEqual(Object.fromEntries(ten));
    expect(changes).toEqual([]);
  });

  test('a stop in a pair ends Meltano by itself with 143, and keeps what was acknowledged', async () => {
    const run = await startReal(pair, { env: { TAP_NUMBERS_HOLD_AFTER: '2' } });
    await waitFor('the second bookmark', () =>
      run.changes.some(({ state }) => state.text.includes('"id": 2')),
    );
    const ended = await run.stop({ graceMs: 20_000 });
    expect(ended).toMatchObject({ exitCode: 143, signal: null, stopRequested: true, forced: false });
    expect(messages(run.lines)).toContain('The process was terminated');
    expect(meltanoEvents(run.lines, 'BLOCK_COMPLETED')).toEqual([]);
    expect(meltanoEvents(run.lines, 'RUN_COMPLETED')).toMatchObject([{ success: false }]);
    expect(documents(ended.states)[stateId]).toEqual({ completed: bookmark(2), partial: {} });
  });

  test('a stop in a command ends Meltano by the signal, and its child with it', async () => {
    const run = await startReal(['shell:hold']);
    await waitFor('the command', () => run.lines.some((line) => /^pid \d+$/.test(line.message)));
    const ended = await run.stop({ graceMs: 20_000 });
    expect(ended).toMatchObject({ exitCode: null, signal: 'SIGTERM', stopRequested: true, forced: false });
    expect(meltanoEvents(run.lines, 'RUN_COMPLETED')).toEqual([]);
  });

  test('a Meltano that is killed keeps what was acknowledged, and its plugins do not outlive it', async () => {
    const run = await startReal(pair, { env: { TAP_NUMBERS_HOLD_AFTER: '2' } });
    await waitFor('the second bookmark', () =>
      run.changes.some(({ state }) => state.text.includes('"id": 2')),
    );
    process.kill(run.pid ?? 0, 'SIGKILL');
    const ended = await run.outcome;
    expect(ended).toMatchObject({ exitCode: null, signal: 'SIGKILL', stopRequested: false });
    expect(documents(ended.states)[stateId]).toEqual({ completed: bookmark(2), partial: {} });
  });

  test('what a run leaves after a crash of its starter is killed and harvested', async () => {
    const run = await startReal(pair, { env: { TAP_NUMBERS_HOLD_AFTER: '2' } });
    await waitFor('the second bookmark', () =>
      run.changes.some(({ state }) => state.text.includes('"id": 2')),
    );
    expect(await killStrayRun({ runId: run.runId, graceMs: 20_000 })).toBe('ENDED');
    const { states, torn } = await harvestStates(run.runDirectory);
    expect([documents(states), torn]).toEqual([{ [stateId]: { completed: bookmark(2), partial: {} } }, []]);
    await run.outcome;
  });

  test('two runs of one tap at a time do not meet', async () => {
    const project = await temporaryProject();
    const gate = join(project, 'gate');
    const env = { TAP_NUMBERS_HOLD_AFTER: '2', TAP_NUMBERS_GATE: gate };
    const one = await startReal(pair, { projectDirectory: project, env, states: ten });
    const two = await startReal(pair, { projectDirectory: project, env: { ...env, TAP_NUMBERS_ROWS: '5' } });
    for (const { lines } of [one, two]) {
      await waitFor('both to hold', () => messages(lines).includes('holding after 2'));
    }
    await writeFile(gate, '');
    expect(documents((await one.outcome).states)).toEqual({
      [stateId]: { completed: bookmark(13), partial: {} },
    });
    expect(documents((await two.outcome).states)).toEqual({
      [stateId]: { completed: bookmark(5), partial: {} },
    });
    expect((await readdir(project)).sort()).toEqual(['bin', 'gate', 'meltano.yml']);
  });

  test('refused runs say why, in text or as lines, and with their exit code', async () => {
    const rows: [string[], Parameters<typeof startReal>[1], number, string][] = [
      [['tap-nothing', 'target-lines'], {}, 1, 'Error: Block tap-nothing not found'],
      [['--full-refresh'], {}, 1, 'Error: Block --full-refresh not found'],
      [['tap-numbers'], {}, 1, 'block violates set requirements: Loader missing in block set!'],
      [['shell:notify'], { environment: 'nowhere' }, 1, "Environment 'nowhere' was not found."],
      [['shell:notify'], { runId: 'no-uuid' }, 2, "Error: Invalid value for '--run-id'"],
    ];
    for (const [blocks, options, exitCode, message] of rows) {
      const { ended, lines } = await runReal(blocks, options);
      expect([blocks, ended.exitCode]).toEqual([blocks, exitCode]);
      const line = lines.find((line) => line.message.startsWith(message));
      expect([message, line?.level]).toEqual([message, 'ERROR']);
      expect(meltanoEvents(lines, 'RUN_COMPLETED')).toEqual([]);
    }
  });

  test('a run of nothing succeeds, and a plugin that is not there fails its block', async () => {
    const nothing = await runReal([]);
    expect(nothing.ended.exitCode).toBe(0);
    expect(messages(nothing.lines)).toContain('No valid blocks found.');
    const absent = await runReal(['tap-absent', 'target-lines']);
    expect(absent.ended.exitCode).toBe(1);
    const [block] = meltanoEvents(absent.lines, 'BLOCK_COMPLETED');
    expect(block).toMatchObject({ success: false, exitCodes: [] });
    expect(block?.error).toContain(
      "Cannot start plugin tap-absent: Executable 'bin/absent.py' could not be found",
    );
  });

  test('a project cannot change where a run keeps its state, nor how it logs', async () => {
    const project = await temporaryProject();
    const elsewhere = join(project, 'elsewhere');
    const settings = `
state_backend: {uri: 'file://${elsewhere}'}
database_uri: sqlite:///${elsewhere}.db
cli: {log_level: debug, log_format: plain, log_config: logging.yaml}
`;
    const logging =
      'version: 1\nhandlers: {console: {class: logging.StreamHandler}}\nroot: {level: DEBUG, handlers: [console]}\n';
    const variables = `MELTANO_STATE_BACKEND_URI=file://${elsewhere}\nMELTANO_DATABASE_URI=sqlite:///${elsewhere}.db\nMELTANO_CLI_LOG_LEVEL=debug\nMELTANO_SYS_DIR_ROOT=${elsewhere}\nMELTANO_RUN_FULL_REFRESH=1\n`;
    await writeFile(
      join(project, 'meltano.yml'),
      (await readFile(join(fixtureProject, 'meltano.yml'), 'utf8')) + settings,
    );
    await writeFile(join(project, 'logging.yaml'), logging);
    await writeFile(join(project, '.env'), variables);
    const { ended, lines } = await runReal(pair, { projectDirectory: project, states: ten });
    expect(documents(ended.states)).toEqual({ [stateId]: { completed: bookmark(13), partial: {} } });
    expect(lines.filter((line) => line.timestamp === null || line.level === 'DEBUG')).toEqual([]);
    expect((await readdir(project)).sort()).toEqual(['.env', 'bin', 'logging.yaml', 'meltano.yml']);
  });

  test('state that the env of meltano.yml sends elsewhere is noticed', async () => {
    const project = await temporaryProject();
    const file = join(project, 'meltano.yml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}env: {MELTANO_STATE_BACKEND_URI: 'file://${project}/elsewhere'}\n`);
    const { ended } = await runReal(pair, { projectDirectory: project, states: ten });
    expect(ended).toMatchObject({ exitCode: 0, stateWentElsewhere: true });
    expect(documents(ended.states)).toEqual(Object.fromEntries(ten));
  });
});

test('a run that cannot be prepared is an outcome', async () => {
  const runDirectory = join(await temporaryProject(), 'meltano.yml', 'run');
  const run = await startReal(pair, { runDirectory });
  const ended = await run.outcome;
  expect(ended).toMatchObject({
    exitCode: null,
    failedToStart: { code: 'ENOTDIR' },
    stateWentElsewhere: false,
  });
  expect([run.pid, ended.states.size]).toEqual([null, 0]);
  expect((await run.stop()).failedToStart?.message).toContain('The run could not be prepared');
});

test('a Meltano that is not there is an outcome, and the states are handed back', async () => {
  const run = await startReal(pair, { executable: '/nowhere/meltano', states: ten });
  const ended = await run.outcome;
  expect(ended.failedToStart).toEqual({ code: 'ENOENT', message: 'meltano was not found: /nowhere/meltano' });
  expect(documents(ended.states)).toEqual(Object.fromEntries(ten));
});
