import { testsOf, type PluginTest as Test } from '../../domain/definitions/plugin-tests.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder, type RowOf } from '../builder.ts';
import { shown } from '../maxima/maxima.ts';
import { Environment } from '../environments/environment.ts';
import { Job } from '../jobs/job.ts';
import { Plugin } from './plugin.ts';

const PluginTest = builder.objectRef<Test<RowOf<'Plugin'>>>('PluginTest').implement({
  description:
    'A test of a plugin: a command whose name begins with `test`, such as `dbt:test`. `runTests` runs it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the test, `<plugin>:<command>`, as `runTests` takes it.',
    }),
    plugin: t.field({
      type: Plugin,
      description: 'The plugin that it belongs to.',
      resolve: ({ plugin }) => plugin,
    }),
    command: t.string({ description: 'Name of the command.', resolve: ({ command }) => command.name }),
    description: t.string({
      nullable: true,
      description: 'What it does.',
      resolve: ({ command }) => command.description,
    }),
  }),
});

/** The highest number of plugins whose tests are listed. */
const maxPlugins = 1000;

const tests = (description: string) => ({
  type: PluginTest,
  row: 'plugin',
  description: `${description} They are ordered by the names of their plugins. Only the first ${shown(maxPlugins)} plugins that have tests are included.`,
  columns: ['type', 'name', 'commands'],
  order: orders.name,
  limit: maxPlugins,
  resolve: (rows: object[]) => testsOf(rows as RowOf<'Plugin'>[]),
});

builder.prismaObjectField(Environment, 'tests', (t) =>
  t.readAll(
    'testedPlugins',
    tests("The tests of the project's plugins, which `runTests` runs in this environment."),
  ),
);

builder.prismaObjectField(Job, 'tests', (t) =>
  t.readAll('testedPlugins', tests('The tests of the plugins that the tasks of this job name.')),
);
