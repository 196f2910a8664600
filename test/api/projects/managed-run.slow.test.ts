import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { linesOf, runToEnd } from '../../kit/verbs/runs.ts';
import { done, validate } from '../../kit/verbs/call.ts';

const program = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/meltano-project/bin/${name}`, import.meta.url));

const text = `# kept
environments:
- name: dev
plugins:
  extractors:
  - name: tap-numbers
    namespace: tap_numbers
    executable: ${program('tap_numbers.py')}
    capabilities: [catalog, discover, state]
    settings:
    - {name: rows, kind: integer, value: 3}
    - {name: stream, value: numbers}
    - {name: api_key, sensitive: true}
    config:
      api_key: not-for-eyes
  loaders:
  - name: target-lines
    namespace: target_lines
    executable: ${program('target_lines.py')}
jobs:
- name: numbers
  tasks: [tap-numbers target-lines]
`;

describeWithMeltano('a managed project', () => {
  let app: TestApp;
  let directory: string;
  beforeAll(async () => {
    app = await startTestApp({ meltano: meltano ?? '', slots: 2 });
    const selection = 'project { directory }';
    type Made = { project: { directory: string } };
    const made = await done<Made>(app, 'createProject', { name: 'shop', text }, selection);
    directory = made.project.directory;
  });
  afterAll(() => app.stop());

  const job = 'shop/dev/numbers';
  const file = (): string => join(directory, 'meltano.yml');

  interface Found {
    id: string;
    name: string;
  }
  async function plugin(name: string): Promise<string> {
    const { project } = await app.query<{ project: { plugins: { nodes: Found[] } } }>(
      '{ project(ref: "shop") { plugins { nodes { id name } } } }',
    );
    return project.plugins.nodes.find((one) => one.name === name)?.id ?? '';
  }

  test('has no files until a run needs them, and then what the API says, for its owner alone', async () => {
    await expect(access(directory)).rejects.toThrow('ENOENT');
    expect(await runToEnd(app, 'runJob', { job })).toMatchObject({ status: 'SUCCEEDED', errorMessage: null });
    const written = await readFile(file(), 'utf8');
    expect(written).toContain('# kept\n');
    expect(written).toContain('api_key: not-for-eyes\n');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const { ino } = await stat(file());
    await runToEnd(app, 'runJob', { job });
    // What says so already is not written again.
    expect((await stat(file())).ino).toBe(ino);
  });

  test('runs with what was changed since', async () => {
    const values = { plugin: await plugin('tap-numbers'), config: { rows: 5 } };
    await done(app, 'updatePlugin', values, 'plugin { id }');
    const run = await runToEnd(app, 'runJob', { job, fullRefresh: true });
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    const { metrics } = await app
      .query<{ metrics: { metrics: { nodes: { name: string; value: number }[] } } }>(
        'query ($id: ID!) { metrics: node(id: $id) { ... on Run { metrics { nodes { name value } } } } }',
        { id: run.id },
      )
      .then(({ metrics }) => metrics);
    expect(metrics.nodes).toContainEqual({ name: 'record_count', value: 5 });
    // And with what somebody else has done to the file undone.
    await writeFile(file(), 'version: 1\n');
    expect(await runToEnd(app, 'runJob', { job })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readFile(file(), 'utf8')).toContain('rows: 5\n');
  });

  test('goes on from its state after its environment and its plugins have other names', async () => {
    const change = { resource: { environment: 'shop/dev' }, to: { name: 'stage' } };
    expect(await validate(app, 'moveResource', change)).toEqual({ __typename: 'Validated' });
    await done(app, 'moveResource', change, 'resource { id }');
    const rename = { resource: { plugin: await plugin('tap-numbers') }, to: { name: 'tap-digits' } };
    await done(app, 'moveResource', rename, 'resource { id }');
    const query = `{ project(ref: "shop") { environment(name: "stage") {
      states { nodes { stateId versions { nodes { change } } } }
      job(name: "numbers") { tasks { blocks } pairs runs { totalCount } }
    } } }`;
    expect(await app.query(query)).toEqual({
      project: {
        environment: {
          states: {
            nodes: [
              {
                stateId: 'stage:tap-digits-to-target-lines',
                versions: {
                  nodes: expect.arrayContaining([{ change: 'MOVE' }, { change: 'RUN' }]) as unknown,
                },
              },
            ],
          },
          job: {
            tasks: [{ blocks: ['tap-digits', 'target-lines'] }],
            pairs: ['tap-digits-to-target-lines'],
            runs: { totalCount: 4 },
          },
        },
      },
    });
    const run = await runToEnd(app, 'runJob', { job: 'shop/stage/numbers' });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      blocks: { nodes: [{ stateId: 'stage:tap-digits-to-target-lines' }] },
    });
    expect(await readFile(file(), 'utf8')).toContain('tasks: [tap-digits target-lines]\n');
    // The old path answers, too.
    const { data, extensions } = (await app.send<object>(
      '{ project(ref: "shop") { environment(name: "dev") { name } } }',
    )) as {
      data: unknown;
      extensions?: { movedPaths: object[] };
    };
    expect(data).toEqual({ project: { environment: { name: 'stage' } } });
    expect(extensions?.movedPaths).toMatchObject([{ from: 'shop/dev', to: 'shop/stage' }]);
  });

  test('gets its files and its variables, and says what is missing before it starts', async () => {
    const config = { rows: '$ROWS_WANTED', stream: '${STREAM_WORD}' };
    await done(app, 'updatePlugin', { plugin: await plugin('tap-digits'), config }, 'plugin { id }');
    const last = { job: 'shop/stage/numbers', fullRefresh: true };
    const early = await runToEnd(app, 'runJob', last);
    expect(early).toMatchObject({ status: 'FAILED', endReason: 'NOT_STARTED', logCount: 0 });
    expect(early.errorMessage).toContain('The setting `rows` of `tap-digits` needs the variable ROWS_WANTED');
    const variables = [
      { name: 'ROWS_WANTED', value: '2' },
      { name: 'STREAM_WORD', value: 'hidden_stream', isSensitive: true },
    ];
    await done(app, 'setProjectEnv', { project: 'shop', variables }, 'project { id }');
    const own = {
      project: 'shop',
      environment: 'shop/stage',
      variables: [{ name: 'ROWS_WANTED', value: '4' }],
    };
    await done(app, 'setProjectEnv', own, 'project { id }');
    const file = { project: 'shop', path: 'sql/orders.sql', text: 'select 1' };
    await done(app, 'putProjectFile', file, 'file { path }');
    const run = await runToEnd(app, 'runJob', last);
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(run.metrics.nodes.filter(({ name }) => name === 'record_count')).toEqual(
      expect.arrayContaining([expect.objectContaining({ value: 4 })]),
    );
    expect(await readFile(join(directory, 'sql/orders.sql'), 'utf8')).toBe('select 1');
    const lines = (await linesOf(app, run.id)).map(({ message }) => message).join('\n');
    expect(lines).toContain('(redacted)');
    expect(lines).not.toContain('hidden_stream');
  });

  test('says that its file cannot be written', async () => {
    const { project } = await done<{ project: { id: string; directory: string } }>(
      app,
      'createProject',
      { name: 'blocked', text },
      'project { id directory }',
    );
    await writeFile(project.directory, 'a file where the directory is to be');
    const run = await runToEnd(app, 'runJob', { job: 'blocked/dev/numbers' });
    expect(run).toMatchObject({ status: 'FAILED', endReason: 'NOT_STARTED' });
    expect(run.errorMessage).toContain('could not be prepared');
  });
});
