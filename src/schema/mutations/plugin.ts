import { deletePlugin } from '../../domain/delete-plugin.ts';
import { subjectOf } from '../../domain/subject.ts';
import { createPlugin, updatePlugin } from '../../domain/write-plugin.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { PluginType } from '../enums.ts';
import { Plugin } from '../plugin.ts';
import { pluginValues } from './plugin-values.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const PluginSettingInput = builder.inputType('PluginSettingInput', {
  description: 'A setting that a plugin has.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the setting, dotted when it is nested.' }),
    kind: t.string({
      description:
        'Kind of value: `string`, `integer`, `boolean`, `date_iso8601`, `password`, `array`, `object` …',
    }),
    label: t.string({ description: 'Name for people.' }),
    description: t.string({ description: 'What it is for.' }),
    sensitive: t.boolean({ description: 'Whether its value is a secret, which is never shown again.' }),
    value: t.field({ type: 'JSON', description: 'The value when none is configured.' }),
  }),
});

const PluginCommandInput = builder.inputType('PluginCommandInput', {
  description: 'A command of a plugin, which runs name as `<plugin>:<command>`.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the command.' }),
    args: t.string({ required: true, description: "Arguments that the plugin's program is given." }),
    description: t.string({ description: 'What it does.' }),
    executable: t.string({ description: "The program to start in place of the plugin's own." }),
  }),
});

const PluginMappingInput = builder.inputType('PluginMappingInput', {
  description: 'A configuration of a mapper, which block lists name.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the mapping.' }),
    config: t.field({ type: 'JSON', description: 'Its configuration, an object.' }),
  }),
});

const definition = (t: InputFields) => ({
  inheritFrom: t.string({
    description: 'Name of a plugin of the project, from which it takes what it does not say itself.',
  }),
  variant: t.string({ description: 'Which of several implementations it is.' }),
  pipUrl: t.string({
    description: 'What pip installs, split by shell rules; null when there is nothing to install.',
  }),
  executable: t.string({
    description: 'The program that Meltano starts; called like the plugin when absent.',
  }),
  namespace: t.string({
    description:
      "Prefix of the plugin's environment variables. With it the plugin is defined here, and no lock file is looked for.",
  }),
  label: t.string({ description: 'Name for people.' }),
  description: t.string({ description: 'What the plugin is for.' }),
  capabilities: t.stringList({
    description: 'What it can do: `catalog`, `discover`, `state`, `structured-logging` …',
  }),
  settings: t.field({ type: [PluginSettingInput], description: 'All settings that it has.' }),
  commands: t.field({ type: [PluginCommandInput], description: 'All its commands.' }),
  mappings: t.field({ type: [PluginMappingInput], description: 'Of a mapper: all its mappings.' }),
});

addVerb({
  name: 'createPlugin',
  description:
    'Adds a plugin to a managed project; `installPlugins` installs it. A `Conflict` for an imported project, whose `meltano.yml` the gateway does not write.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    type: t.field({ type: PluginType, required: true, description: 'The kind of plugin.' }),
    name: t.string({
      required: true,
      description:
        "Name, unique among the project's plugins of its type: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.",
    }),
    ...definition(t),
    ...pluginValues(t),
  })),
  success: { field: 'plugin', node: Plugin, table: 'Plugin', description: 'The new plugin.' },
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  verb: createPlugin,
});

addVerb({
  name: 'updatePlugin',
  description:
    'Changes those fields of a plugin of a managed project that are given; null removes one. Runs that have begun go on with what was there. A `Conflict` for an imported project, whose `meltano.yml` the gateway does not write.',
  input: inputFields((t) => ({
    plugin: t.id({ required: true, description: 'Id of the plugin.' }),
    ...definition(t),
    ...pluginValues(t),
  })),
  success: { field: 'plugin', node: Plugin, table: 'Plugin', description: 'The plugin as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  subject: (db, { plugin }) => subjectOf(db, 'Plugin', plugin, ['input', 'plugin']),
  verb: updatePlugin,
});

addVerb({
  name: 'deletePlugin',
  description:
    'Deletes a plugin: it disappears from lists, and block lists can no longer name it; `undelete` brings it back until its `purgeTime`. Refused while a run that uses it has not ended, and while jobs, schedules, services or other plugins name it, unless `force`. `meltano.yml` of an imported project is not written, and later imports leave the plugin deleted until its definition there changes.',
  input: inputFields((t) => ({
    plugin: t.id({ required: true, description: 'Id of the plugin.' }),
    force: t.boolean({
      description:
        'Delete it although jobs, schedules or plugins name it. These stay as they are; a job that names it cannot be run until it is back. When absent or false, the mutation is refused with a `Conflict` that says how many there are.',
    }),
  })),
  success: {
    field: 'plugin',
    node: Plugin,
    table: 'Plugin',
    description: 'The deleted plugin, with its `deleteTime`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, { plugin }) => subjectOf(db, 'Plugin', plugin, ['input', 'plugin']),
  verb: deletePlugin,
});
