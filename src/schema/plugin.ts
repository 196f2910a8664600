import { filters, orders, sources } from '../store/sources.ts';
import type { StoredCommand, StoredSetting } from '../domain/plugin.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { PluginDefinition, PluginType } from './enums.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from './fields.ts';
import { Project } from './project.ts';
import { leadsTo } from './rows.ts';

const PluginSetting = builder.objectRef<StoredSetting>('PluginSetting').implement({
  description: 'A setting of a plugin, with its value in `meltano.yml`.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the setting.' }),
    label: t.exposeString('label', { nullable: true, description: 'Name for people.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    kind: t.exposeString('kind', {
      nullable: true,
      description:
        'Kind of value: `string`, `integer`, `boolean`, `date_iso8601`, `options`, `array`, `object` …',
    }),
    sensitive: t.exposeBoolean('sensitive', {
      description: 'Whether the value is a secret. The value of such a setting is never shown.',
    }),
    envName: t.exposeString('envName', {
      description: "The environment variable that sets it, such as `TAP_CSV_PATH`. Use it in a run's `env`.",
    }),
    default: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The value when none is configured; null when there is none, and for a sensitive setting.',
      resolve: (setting) => setting.default,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value in `meltano.yml`, as written; null when none is written, and for a sensitive setting.',
      resolve: (setting) => setting.value,
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether `meltano.yml` gives it a value.' }),
  }),
});

const PluginCommand = builder.objectRef<StoredCommand>('PluginCommand').implement({
  description: 'A command of a plugin; `<plugin>:<command>` is a block of a run.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the command.' }),
    args: t.exposeString('args', { description: "Arguments that the plugin's program is given." }),
    description: t.exposeString('description', { nullable: true, description: 'What it does.' }),
  }),
});

export const Plugin = builder.prismaNode('Plugin', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the plugin is renamed.' },
  fields: (t) => ({
    type: t.expose('type', { type: PluginType }),
    name: t.exposeString('name'),
    inheritFrom: t.exposeString('inheritFrom', { nullable: true }),
    variant: t.exposeString('variant', { nullable: true }),
    pipUrl: t.exposeString('pipUrl', { nullable: true }),
    executable: t.exposeString('executable', { nullable: true }),
    namespace: t.exposeString('namespace', { nullable: true }),
    label: t.exposeString('label', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    docs: t.exposeString('docs', { nullable: true }),
    repository: t.exposeString('repository', { nullable: true }),
    capabilities: t.exposeStringList('capabilities'),
    definition: t.expose('definition', { type: PluginDefinition }),
    mappings: t.exposeStringList('mappings'),
    extras: t.expose('extras', { type: 'JSON' }),
    settings: t.field({
      type: [PluginSetting],
      description: 'The settings with their values in the project, sensitive values left out.',
      ...needs('settings'),
      resolve: ({ settings }) => settings as unknown as StoredSetting[],
    }),
    commands: t.field({
      type: [PluginCommand],
      description: "The commands beside the plugin's own.",
      ...needs('commands'),
      resolve: ({ commands }) => commands as unknown as StoredCommand[],
    }),
    project: t.field({
      type: Project,
      description: 'The project that it belongs to.',
      ...leadsTo('Project', 'projectId'),
    }),
  }),
});

addCreatedAt(Plugin);
addEtag(Plugin);
addDeleteTimes(Plugin);

const PluginFilter = builder.inputType('PluginFilter', {
  description: 'Which plugins to list. All conditions given must hold.',
  fields: (t) => ({
    types: t.field({ type: [PluginType], description: 'Plugins of any of these types.' }),
  }),
});

addConnection({
  parent: Project,
  field: 'plugins',
  description: "The project's plugins.",
  name: 'Plugin',
  node: Plugin,
  source: sources.projectPlugins,
  order: orderInput('Plugin', {
    NAME: { columns: orders.name, description: 'The name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
  }),
  defaultOrder: { field: 'NAME', direction: 'ASC' },
  filter: {
    type: PluginFilter,
    conditions: ({ types }) => ({ where: types ? [filters.pluginTypes(types)] : [] }),
  },
});
