import { filters, orders, sources } from '../store/sources.ts';
import { settingsIn, type StoredCommand, type StoredSetting } from '../domain/plugin.ts';
import { findEnvironment } from '../domain/references.ts';
import { BadRequest, found } from './bad-request.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { PluginDefinition, PluginType } from './enums.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from './fields.ts';
import { perRequest } from './per-request.ts';
import { Project } from './project.ts';
import { leadsTo } from './rows.ts';

const ValueSource = builder.enumType('PluginSettingSource', {
  description:
    "Where the value of a plugin's setting comes from, as far as the project's files tell, by Meltano's names. The first of these that has one wins; before all of them come the variables that a run is given.",
  values: {
    ENV: {
      description:
        'A variable that an `env` in `meltano.yml` sets, named like `envName` or by another name of the setting.',
    },
    DOTENV: { description: 'Such a variable in the file `.env`.' },
    MELTANO_ENVIRONMENT: { description: 'The configuration of the environment.' },
    MELTANO_YML: { description: "The plugin's own configuration in `meltano.yml`." },
    INHERITED: { description: 'The plugin that it inherits from, which has it from its configuration.' },
    DEFAULT: { description: 'The definition of the plugin.' },
  } as const,
});

const PluginSetting = builder.objectRef<StoredSetting>('PluginSetting').implement({
  description: 'A setting of a plugin, with its value in `meltano.yml`, without an environment or in one.',
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
        'The value that `meltano.yml` configures, as written; null when it configures none, for a sensitive setting, and when the value of a variable wins, which is not kept.',
      resolve: (setting) => setting.value,
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether `meltano.yml` configures a value.' }),
    valueSource: t.expose('source', {
      type: ValueSource,
      nullable: true,
      description: 'Where the value comes from, that of a sensitive setting, too; null when there is none.',
    }),
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

const environmentNamed = perRequest<string, { projectId: string; manifestKey: string | null }>(
  async ({ services: { store } }, references) =>
    Promise.all(
      references.map((reference) =>
        found(findEnvironment(store, reference, ['environment'])).catch((error: unknown) => error as Error),
      ),
    ),
  (reference) => reference,
);

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
      description:
        'The settings with their values in the project, or in one of its environments; sensitive values are left out. First those of the definition, then any other that is configured somewhere.',
      args: {
        environment: t.arg.id({
          description: 'Id or path (`project/environment`) of an environment of the project.',
        }),
      },
      ...needs('settings', 'projectId', 'name'),
      resolve: async ({ settings, projectId, name }, { environment }, context) => {
        const stored = settings as unknown as StoredSetting[];
        if (environment == null) return stored;
        const named = await environmentNamed(context, environment);
        if (named.projectId === projectId) return settingsIn(stored, named.manifestKey);
        const message = `\`environment\` is not one of the project of the plugin "${name}".`;
        throw new BadRequest(message, 'BAD_ARGUMENTS');
      },
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
