import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { describeWithMeltano, meltano } from '../kit/meltano.ts';
import { plugin, problems, projectOf, read } from './kit.ts';

const twice = `environments:
- {name: a, env: {STAGE: first}}
- {name: a, env: {STAGE: second}}
plugins:
  extractors:
  - {name: a, namespace: first}
  - {name: a, namespace: second}
  loaders:
  - {name: a, namespace: other}
  mappers:
  - {name: b, namespace: b, mappings: [{name: fold}]}
  - {name: c, namespace: c, mappings: [{name: fold}]}
jobs:
- {name: j, tasks: [a]}
- {name: j, tasks: [fold]}
- {name: folding, tasks: [fold]}
schedules:
- {name: a, interval: '@daily', job: j}
- {name: a, interval: '@hourly', job: j}
`;

const inTwoFiles = {
  'meltano.yml': 'include_paths: [more.yml]\njobs:\n- {name: j, tasks: [first]}\n',
  'more.yml': 'x: 1\njobs:\n- {name: j, tasks: [second]}\n',
};

const inIncludedFiles = {
  'meltano.yml': 'include_paths: [b.yml, c.yml]\njobs:\n- {name: a, tasks: []}\n',
  'b.yml': 'jobs:\n- {name: a, tasks: []}\n',
  'c.yml': 'jobs:\n- {name: d, tasks: []}\n- {name: a, tasks: []}\n- {name: d, tasks: []}\n',
};

test('of two things of one name the first is read, with a warning, and the same name for another kind is fine', async () => {
  const manifest = await read(twice);
  expect(manifest.environments.map(({ name, env }) => [name, env.STAGE])).toEqual([['a', 'first']]);
  expect(manifest.plugins.map(({ type, namespace }) => [type, namespace])).toEqual([
    ['EXTRACTOR', 'first'],
    ['LOADER', 'other'],
    ['MAPPER', 'b'],
    ['MAPPER', 'c'],
  ]);
  expect(plugin(manifest, 'a').namespace).toBe('first');
  expect(manifest.jobs.map(({ name, tasks }) => [name, tasks])).toEqual([
    ['j', [['a']]],
    ['folding', [['fold']]],
  ]);
  expect(manifest.schedules.map(({ interval }) => interval)).toEqual(['@daily']);
  expect(manifest.warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '3: The environment `a` is here twice, first at meltano.yml:2, and Meltano ignores this one; rename or remove it.',
    '7: The extractor `a` is here twice, first at meltano.yml:6, and Meltano ignores this one; rename or remove it.',
    '12: The mapping `fold` is here twice, first at meltano.yml:11, so nothing that names it can run; rename or remove one.',
    '15: The job `j` is here twice, first at meltano.yml:14, and Meltano ignores this one; rename or remove it.',
    '16: The job `folding` cannot run: there are 2 mappings called `fold`; rename one.',
    '19: The schedule `a` is here twice, first at meltano.yml:18, and Meltano ignores this one; rename or remove it.',
  ]);
});

test('of a name in `meltano.yml` and in a file that it includes, the one in `meltano.yml` is read', async () => {
  const { jobs, warnings } = await readManifest(await projectOf(inTwoFiles));
  expect(jobs.map(({ tasks }) => tasks)).toEqual([[['first']]]);
  expect(warnings.map(({ file, line }) => `${file}:${line}`)).toContain('more.yml:3');
});

test('a name that is twice in included files is refused, with both places', async () => {
  expect(await problems(await projectOf(inIncludedFiles))).toEqual([
    'c.yml:3: The job `a` is here twice, first at b.yml:2; rename or remove one.',
    'c.yml:4: The job `d` is here twice, first at c.yml:2; rename or remove one.',
  ]);
});

describeWithMeltano('the real Meltano, on names that are there twice,', () => {
  test('takes the first, refuses two mappings when one is named, and refuses included files', async () => {
    const projects = [
      await projectOf({ 'meltano.yml': twice }),
      await projectOf(inTwoFiles),
      await projectOf(inIncludedFiles),
      await projectOf({
        'meltano.yml': 'include_paths: [b.yml]\njobs: []\n',
        'b.yml': 'jobs: [{name: a, tasks: []}, {name: a, tasks: []}]\n',
      }),
    ];
    const { stdout } = await execa(
      join(dirname(await realpath(meltano ?? '')), 'python'),
      ['-W', 'ignore', '-c', program, ...projects],
      { env: { MELTANO_PROJECT_READONLY: '1', MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false' } },
    );
    // Without its command line, Meltano logs to the same stream.
    expect(JSON.parse(stdout.split('\n').at(-1) ?? '')).toEqual([
      {
        environment: { STAGE: 'first' },
        plugin: 'first',
        job: ['a'],
        schedule: '@daily',
        mapping: 'AmbiguousMappingName',
      },
      expect.objectContaining({ job: ['first'] }),
      'Exception',
      'Exception',
    ]);
  });
});

const program = `
import json, sys
from meltano.core.project import Project
from meltano.core.schedule_service import ScheduleService
from meltano.core.task_sets_service import TaskSetsService
def attempt(look):
    try:
        return look()
    except Exception as error:
        return type(error).__name__
def show(path):
    project = Project(path)
    loaded = attempt(lambda: project.meltano and None)
    return loaded or {
        'environment': attempt(lambda: project.activate_environment('a') or project.environment.env),
        'plugin': attempt(lambda: project.plugins.find_plugin('a').namespace),
        'job': attempt(lambda: TaskSetsService(project).get('j').tasks),
        'schedule': attempt(lambda: ScheduleService(project).find_schedule('a').interval),
        'mapping': attempt(lambda: project.plugins.find_plugin('fold').name),
    }
print(json.dumps([show(path) for path in sys.argv[1:]]))
`;
