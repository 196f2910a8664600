import { testsOf, type PluginTest as Test } from '../domain/plugin-tests.ts';
import type { Source } from '../store/pages.ts';
import { orders, sources } from '../store/sources.ts';
import { builder, type RowOf } from './builder.ts';
import type { RowRef } from './connection.ts';
import { Environment } from './environment.ts';
import { Job } from './job.ts';
import { Plugin } from './plugin.ts';
import type { FieldReading } from './reading.ts';
import { readPage } from './reading.ts';
import { when } from './rows.ts';

const PluginTest = builder.objectRef<Test<RowOf<'Plugin'>>>('PluginTest').implement({
  description:
    'A test of a plugin: a command of it whose name begins with `test`, such as `dbt:test`. `runTests` runs it.',
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

/** The most plugins whose tests are listed. */
const maxPlugins = 1000;

function addTests(parent: RowRef, description: string, source: Source, by: string): void {
  const reading: FieldReading = {
    source,
    by,
    paths: [['plugin']],
    columns: ['type', 'name', 'commands'],
    shape: () => ({
      ...{ order: orders.name, direction: 'ASC', where: [], choice: null },
      ...{ limit: maxPlugins, backward: false, after: null, before: null },
      ...{ peek: false, probe: false, countTo: null },
    }),
  };
  builder.objectField(parent, 'tests', (t) =>
    t.field({
      type: [PluginTest],
      description: `${description} By the names of their plugins; of the first ${maxPlugins} plugins that have any.`,
      extensions: { reading },
      resolve: (row, args, context, info) =>
        when(readPage(context, info, reading, args, row as object), ({ rows }) =>
          testsOf(rows as unknown as RowOf<'Plugin'>[]),
        ),
    }),
  );
}

addTests(
  Environment,
  "The tests of the project's plugins, which `runTests` runs in this environment.",
  sources.projectTests,
  'projectId',
);
addTests(Job, 'The tests of the plugins that the tasks of this job name.', sources.jobTests, 'id');
