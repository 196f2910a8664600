import { expect, test } from 'vitest';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { runPython } from '../../kit/meltano/python.ts';
import { inIncludedFiles, inTwoFiles, twice } from './texts.ts';
import { projectOf } from '../kit.ts';

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
    expect(await runPython(program, { home: await projectOf({}), args: projects })).toEqual([
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
