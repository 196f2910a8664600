import { describe, expect, test } from 'vitest';
import { read, warningsOf } from './kit.ts';

const plugins = [
  'plugins:',
  '  extractors: [{name: tap-a, namespace: tap_a}]',
  '  loaders: [{name: target-b, namespace: target_b}]',
  '  mappers: [{name: map-c, namespace: map_c, mappings: [{name: fold}]}]',
  '  utilities: [{name: tool, namespace: tool, commands: {go: --go}}]',
  '',
].join('\n');

function job(tasks: string): string {
  return `${plugins}jobs:\n- {name: other, tasks: [tool]}\n- {name: j, tasks: ${tasks}}\n`;
}

describe('a project is read with a warning for', () => {
  test.each([
    ['[tap-z target-b]', 'no plugin or mapping is called `tap-z`; add it or correct the name'],
    ['[tap-a map-c target-b]', '`map-c` is a mapper; name one of its mappings'],
    ['["tap-a  target-b"]', 'two spaces in a row make a block without a name; write one'],
    ['["tap-a target-b\\n"]', 'no plugin or mapping is called `target-b`; add it or correct the name'],
    ['["tap-a target-b --full-refresh"]', 'no plugin or mapping is called `--full-refresh`; '],
    ['[tool:stop]', 'the plugin `tool` has no command `stop`; add it or correct the name'],
    ['["tool:go:on"]', 'no plugin or mapping is called `tool:go:on`; '],
    ['[tool, other]', 'it names the job `other`, and jobs cannot run jobs; list its tasks'],
  ])('a job that cannot run: %s', async (tasks, problem) => {
    const found = await warningsOf(job(tasks));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`8: The job \`j\` cannot run: ${problem}`);
  });

  test.each(['[tap-a target-b]', '[tap-a fold target-b]', '[[tool:go, tool]]', '[]'])(
    'nothing in the job %s',
    async (tasks) => {
      expect(await warningsOf(job(tasks))).toEqual([]);
    },
  );

  test('nothing in a command of a plugin whose definition is unknown', async () => {
    const content = 'plugins:\n  utilities: [{name: dbt}]\njobs:\n- {name: a, tasks: ["dbt:run"]}\n';
    expect(await warningsOf(content)).toEqual([
      expect.stringContaining('2: The utility `dbt` has no lock file'),
    ]);
  });

  test('an interval that is no cron expression', async () => {
    const content =
      'jobs: [{name: a, tasks: []}]\nschedules:\n- {name: s, job: a, interval: "@Daily"}\n- {name: t, job: a, interval: "0 0 2 * * *"}\n- {name: u, job: a, interval: "1 * * * *"}\n';
    const { schedules, warnings } = await read(content);
    expect(warnings.map(({ line }) => line)).toEqual([3, 4]);
    expect(schedules.map(({ cron }) => cron)).toEqual(['@Daily', '0 0 2 * * *', '1 * * * *']);
  });

  test('a schedule of plugins that are not there, and one of a transform that is not', async () => {
    const content =
      'schedules:\n- {name: s, interval: null, extractor: a, loader: b, transform: skip}\n- {name: t, interval: null, extractor: a, loader: b, transform: later}\n';
    expect(await warningsOf(content)).toEqual([
      '2: The schedule `s` uses the extractor `a`, which the project does not have; add it or correct the name.',
      '2: The schedule `s` uses the loader `b`, which the project does not have; add it or correct the name.',
      '3: `transform` of the schedule `t` is `later`; Meltano takes skip, only or run.',
      expect.stringContaining('3: The schedule `t` uses the extractor'),
      expect.stringContaining('3: The schedule `t` uses the loader'),
    ]);
  });

  test('variables that would keep Meltano from starting a plugin', async () => {
    const content =
      'env: {A: 1, B: null}\nenvironments:\n- name: dev\n  env:\n    C: true\n    D:\n    E: "5"\n';
    const { env, environments, warnings } = await read(content);
    expect(warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "1: The variable `B` has no value, so Meltano cannot start plugins; write `''`.",
      '5: The variable `C` is not text, so Meltano cannot start plugins; put it in quotes.',
      "6: The variable `D` has no value, so Meltano cannot start plugins; write `''`.",
    ]);
    expect({ env, dev: environments[0]?.env }).toEqual({ env: { A: '1' }, dev: { C: 'True', E: '5' } });
  });

  test('an environment that configures a plugin twice, or one that is not there', async () => {
    const content = `${plugins}environments:
- name: dev
  config:
    plugins:
      extractors:
      - {name: tap-a, config: {first: true}}
      - {name: tap-a, config: {second: true}}
      - name: tap-z
`;
    const { environments, warnings } = await read(content);
    expect(warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '12: The environment `dev` configures the extractor `tap-a` twice, and Meltano ignores this second time; merge the two.',
      '13: The environment `dev` configures the extractor `tap-z`, which the project does not have; add it or remove this.',
    ]);
    expect(environments[0]?.pluginConfig.map(({ name, config }) => [name, config])).toEqual([
      ['tap-a', { first: true }],
      ['tap-z', {}],
    ]);
  });

  test('a default environment that is not there, a mapping called like a plugin, `plugins.mappings`', async () => {
    const content = [
      'default_environment: prod',
      'plugins:',
      '  mappings: [{name: x}]',
      '  loaders: [{name: same, namespace: a}]',
      '  mappers:',
      '  - {name: m, namespace: m, mappings: [{name: same}]}',
      '',
    ].join('\n');
    expect(await warningsOf(content)).toEqual([
      '1: The default environment `prod` does not exist; add it or correct the name.',
      '3: Meltano does not use `plugins.mappings`; put mappings into their mapper.',
      '6: The mapping `same` is called like the loader `same`, which Meltano takes instead; rename the mapping.',
    ]);
  });

  test('nothing in keys of Meltano that it lets pass', async () => {
    const content =
      'plugins:\njobs:\nenv:\nversion: 1\nschedules: [{name: a, interval: null, job: b, start_date: 2020-01-01}]\njobs2: 1\n'.replace(
        'jobs:\n',
        'jobs: [{name: b, tasks: [], annotations: [odd]}]\n',
      );
    const { jobs, settings, warnings } = await read(content);
    expect({ warnings, settings, annotations: jobs[0]?.annotations }).toEqual({
      warnings: [],
      settings: { jobs2: 1 },
      annotations: {},
    });
  });
});
