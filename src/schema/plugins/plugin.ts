import { filters } from '../../store/reading/filters.ts';
import {
  settingsIn,
  type StoredCommand,
  type StoredSetting,
} from '../../domain/definitions/plugin-settings.ts';
import { findEnvironment } from '../../domain/naming/references.ts';
import { noting } from '../../domain/naming/former-path.ts';
import { partOfPlugin, type PluginName } from '../../store/naming/plugin-names.ts';
import { noteMoved } from '../context.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { PluginDefinition, PluginSettingKind, PluginType } from '../enums.ts';
import { addCreatedAt, addEtag, addDeletedAt, addUpdatedAt } from '../fields.ts';
import { ifFound } from '../found.ts';
import { byReference } from '../naming/by-reference.ts';
import { perRequest } from '../per-request.ts';
import { Project } from '../projects/project.ts';
import { findFormer } from '../look-up.ts';
import { namedOrder, patternConditions, patternField } from '../named-lists.ts';
import { idOrPath } from '../naming/references.ts';

const ValueSource = builder.enumType('PluginSettingSource', {
  description:
    "Where the value of a plugin's setting comes from, with Meltano's names, as far as the project's files tell. The first place that has a value wins, in the order ENV, DOTENV, MELTANO_ENVIRONMENT, MELTANO_YML, INHERITED, DEFAULT. The variables that a run is given win over all of them.",
  values: {
    ENV: {
      description:
        'A variable that an `env` in `meltano.yml` sets. Its name is `envName` or another name of the setting.',
    },
    DOTENV: { description: 'A variable with such a name in the file `.env`.' },
    MELTANO_ENVIRONMENT: { description: 'The configuration of the environment.' },
    MELTANO_YML: { description: "The plugin's own configuration in `meltano.yml`." },
    INHERITED: { description: 'The configuration of the plugin that this plugin inherits from.' },
    DEFAULT: { description: 'The definition of the plugin.' },
  } as const,
});

const PluginSetting = builder.objectRef<StoredSetting>('PluginSetting').implement({
  description:
    'A setting of a plugin, with the value that the project configures, for the whole project or in one environment.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the setting.' }),
    label: t.exposeString('label', { nullable: true, description: 'Name to show to people.' }),
    description: t.exposeString('description', { nullable: true, description: 'What the setting is for.' }),
    kind: t.expose('kind', {
      type: PluginSettingKind,
      nullable: true,
      description: 'Kind of value. Null when the definition of the setting names none.',
    }),
    isSensitive: t.exposeBoolean('sensitive', {
      description:
        'Whether the value is a secret. A secret is never shown. A value that only names variables, such as `${PASSWORD}`, is no secret and is shown.',
    }),
    envName: t.exposeString('envName', {
      description: "The environment variable that sets it, such as `TAP_CSV_PATH`. Use it in a run's `env`.",
    }),
    default: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value that is used when none is configured. Null when there is none, and when it is a secret.',
      resolve: (setting) => setting.default,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value that `meltano.yml` configures, as it is written there. Null when it configures none, and when it is a secret. Also null when a variable wins, because values of variables are not stored.',
      resolve: (setting) => setting.value,
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether `meltano.yml` configures a value.' }),
    valueSource: t.expose('source', {
      type: ValueSource,
      nullable: true,
      description: 'Where the value comes from, also for a sensitive setting. Null when there is no value.',
    }),
  }),
});

const PluginCommand = builder.objectRef<StoredCommand>('PluginCommand').implement({
  description: 'A command of a plugin; `<plugin>:<command>` is a block of a run.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the command.' }),
    args: t.exposeString('args', { description: "Arguments for the plugin's program." }),
    description: t.exposeString('description', { nullable: true, description: 'What it does.' }),
  }),
});

/** The environment that a reference names; null when there is none. */
const environmentNamed = perRequest<string, { projectId: string; manifestKey: string | null } | null>(
  async (context, references) => {
    const { db } = noting(context.gateway, (moved) => noteMoved(context, moved));
    return Promise.all(
      references.map((reference) => ifFound(findEnvironment(db, reference, ['environment']))),
    );
  },
  (reference) => reference,
);

export const Plugin = builder.prismaNode('Plugin', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the plugin is renamed.' },
  fields: (t) => ({
    type: t.expose('type', { type: PluginType }),
    name: t.exposeString('name'),
    path: t.readAlong(['project'], {
      type: 'String',
      description:
        'Natural name: the project, the type as in `meltano.yml`, and the name, such as `shop/extractors/tap-csv`. Give it wherever an argument takes an id or a path.',
      needs: ['type', 'name'],
      columns: ['name'],
      resolve: (row, [project]) => [project?.name, partOfPlugin(row as unknown as PluginName)].join('/'),
    }),
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
      nullable: true,
      description:
        'The settings with their values in the project, or in one of its environments. Sensitive values are left out. The settings of the definition come first, then all others that are configured somewhere. Null when `environment` names no environment of the project.',
      args: {
        environment: t.arg.id({
          description: `${idOrPath('Environment', 'an environment of the project, to show the values there')} When absent, the values are those without an environment.`,
        }),
      },
      ...needs('settings', 'projectId'),
      resolve: async ({ settings, projectId }, { environment }, context) => {
        const stored = settings as unknown as StoredSetting[];
        if (environment == null) return stored;
        const named = await environmentNamed(context, environment);
        return named?.projectId === projectId ? settingsIn(stored, named.manifestKey) : null;
      },
    }),
    commands: t.field({
      type: [PluginCommand],
      description: 'Commands that the plugin has beside its main program.',
      ...needs('commands'),
      resolve: ({ commands }) => commands as unknown as StoredCommand[],
    }),
    project: t.readOne('project', { description: 'The project that it belongs to.' }),
  }),
});

addCreatedAt(Plugin);
addUpdatedAt(Plugin);
addEtag(Plugin);
addDeletedAt(Plugin);

const PluginFilter = builder.inputType('PluginFilter', {
  description: 'Which plugins to list. A plugin must meet all conditions that are given.',
  fields: (t) => ({
    pattern: patternField(t, 'Plugins'),
    types: t.field({
      type: [PluginType],
      description: 'Plugins with any of these types. All types when absent; none when empty.',
    }),
  }),
});

builder.prismaObjectField(Project, 'plugins', (t) =>
  t.readMany('plugins', {
    description: "The project's plugins.",
    order: namedOrder('Plugin'),
    filter: {
      type: PluginFilter,
      conditions: ({ pattern, types }) => ({
        where: [...patternConditions(pattern), ...(types ? [filters.pluginTypes(types)] : [])],
      }),
    },
  }),
);

builder.prismaObjectField(Project, 'plugin', (t) =>
  t.readOneOf('plugins', {
    description:
      'The plugin with that type and name; null when there is none. After a rename, the former name works for 30 more days; `extensions.movedPaths` of the answer then lists it.',
    args: {
      type: t.arg({ type: PluginType, required: true, description: 'Type of the plugin.' }),
      name: t.arg.string({ required: true, description: 'Name of the plugin.' }),
    },
    where: ({ type, name }) => filters.pluginNamed(type, name),
    otherwise: (parentId, { type, name }, context, info) =>
      findFormer(context, info, { type: 'Plugin', parentId, name: partOfPlugin({ type, name }) }),
  }),
);

builder.queryField('plugin', (t) => t.readOneOf('plugins', byReference(t, 'Plugin')));
