import { deletePlugin } from '../../domain/plugins/delete-plugin.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { createPlugin } from '../../domain/plugins/create-plugin.ts';
import { updatePlugin } from '../../domain/plugins/update-plugin.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { PluginSettingKind, PluginType } from '../enums.ts';
import { Plugin } from './plugin.ts';
import { pluginValues } from './plugin-values.ts';
import { nameLimit } from '../fields.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const PluginSettingInput = builder.inputType('PluginSettingInput', {
  description: 'A setting that a plugin has.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Name of the setting. The name of a nested setting has dots.',
    }),
    kind: t.field({ type: PluginSettingKind, description: 'Kind of value.' }),
    label: t.string({ description: 'Name to show to people.' }),
    description: t.string({ description: 'What the setting is for.' }),
    isSensitive: t.boolean({
      description: 'Whether its value is a secret. A secret is never shown again. False when absent.',
    }),
    value: t.field({ type: 'JSON', description: 'The value that is used when none is configured.' }),
  }),
});

const PluginCommandInput = builder.inputType('PluginCommandInput', {
  description: 'A command of a plugin. Runs name it as `<plugin>:<command>`.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the command.' }),
    args: t.string({ required: true, description: "Arguments for the plugin's program." }),
    description: t.string({ description: 'What it does.' }),
    executable: t.string({ description: "The program to start in place of the plugin's own." }),
  }),
});

const PluginMappingInput = builder.inputType('PluginMappingInput', {
  description: 'A mapping of a mapper. Block lists name it.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the mapping.' }),
    config: t.field({ type: 'JSON', description: 'Its configuration, a JSON object.' }),
  }),
});

const definition = (t: InputFields) => ({
  inheritFrom: t.string({
    description:
      'Name of another plugin of the project. This plugin inherits what it does not define itself.',
  }),
  variant: t.string({ description: 'Which one of several implementations it is.' }),
  pipUrl: t.string({
    description:
      'What pip installs: one or more arguments, split by the rules of a shell. Null when there is nothing to install.',
  }),
  executable: t.string({
    description: 'The program that Meltano starts. When absent, it has the name of the plugin.',
  }),
  namespace: t.string({
    description:
      "Prefix of the plugin's environment variables. When it is given, `meltano.yml` defines the plugin, and Meltano looks for no lock file.",
  }),
  label: t.string({ description: 'Name to show to people.' }),
  description: t.string({ description: 'What the plugin is for.' }),
  capabilities: t.stringList({
    description: 'What the plugin can do: `catalog`, `discover`, `state`, `structured-logging` …',
  }),
  settings: t.field({
    type: [PluginSettingInput],
    maxEntries: 1000,
    description: 'All settings of the plugin.',
  }),
  commands: t.field({
    type: [PluginCommandInput],
    maxEntries: 1000,
    description: 'All commands of the plugin.',
  }),
  mappings: t.field({
    type: [PluginMappingInput],
    maxEntries: 1000,
    description: 'For a mapper: all its mappings.',
  }),
});

addVerb({
  name: 'createPlugin',
  description:
    'Adds a plugin to a managed project. `installPlugins` installs it. Refused as a `Conflict` for an imported project.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    type: t.field({ type: PluginType, required: true, description: 'The kind of plugin.' }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        "Name of the plugin, unique among the project's plugins of its type: not empty, without `/`, `:` and blanks; the first character is not `-`.",
    }),
    ...definition(t),
    ...pluginValues(t),
  })),
  success: { field: 'plugin', node: Plugin, table: 'Plugin', description: 'The new plugin.' },
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  verb: createPlugin,
});

addUpdate({
  name: 'updatePlugin',
  description:
    'Changes the given fields of a plugin of a managed project. Null removes a field. Runs that have started keep the former definition. Refused as a `Conflict` for an imported project.',
  input: inputFields((t) => ({
    plugin: t.id({ required: true, description: idOrPath('Plugin') }),
    ...definition(t),
    ...pluginValues(t),
  })),
  success: { field: 'plugin', node: Plugin, table: 'Plugin', description: 'The plugin as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { plugin }) => mutationTarget(db, 'Plugin', plugin, ['input', 'plugin']),
  verb: updatePlugin,
});

addVerb({
  name: 'deletePlugin',
  description: [
    'Deletes a plugin. Lists no longer show it, and block lists can no longer name it. Until its `purgesAt`, `undelete` brings it back.',
    'Refused while a run that uses the plugin has not ended. Also refused while jobs, schedules, services or other plugins name it, unless `force` is true.',
    'The `meltano.yml` of an imported project is not written. Later imports leave the plugin deleted until its definition there changes.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    plugin: t.id({ required: true, description: idOrPath('Plugin') }),
    force: t.boolean({
      description:
        'Delete the plugin although jobs, schedules, services or plugins name it. They stay as they are. A job that names the plugin cannot run until the plugin is back. When absent or false, the mutation is refused with a `Conflict` that says how many name it.',
    }),
  })),
  success: {
    field: 'plugin',
    node: Plugin,
    table: 'Plugin',
    description: 'The deleted plugin, with its `deletedAt`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  target: (db, { plugin }) => mutationTarget(db, 'Plugin', plugin, ['input', 'plugin']),
  verb: deletePlugin,
});
