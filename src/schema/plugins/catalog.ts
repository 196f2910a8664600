import type { StoredProperty } from '../../domain/runs/discover-streams.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { PropertySelection } from '../enums.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { quoted } from '../../lib/quoted.ts';
import { perRequest } from '../per-request.ts';
import { Plugin } from './plugin.ts';

const StreamProperty = builder.objectRef<StoredProperty>('StreamProperty').implement({
  description: 'A property of a stream, such as a column of a table.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description:
        'Name of the property. A property inside an object has its name after a dot: `address.city`.',
    }),
    selection: t.expose('selection', {
      type: PropertySelection,
      description: 'Whether a run reads it.',
    }),
  }),
});

builder.prismaObject('Stream', {
  fields: (t) => ({
    name: t.exposeString('name'),
    isSelected: t.exposeBoolean('isSelected'),
    properties: t.field({
      type: [StreamProperty],
      description: 'Its properties, ordered by name.',
      ...needs('properties'),
      resolve: ({ properties }) => properties as unknown as StoredProperty[],
    }),
  }),
});

const Catalog = builder.prismaObject('Catalog', {
  fields: (t) => ({
    discoveredAt: t.expose('discoveredAt', { type: 'DateTime' }),
    selectPatterns: t.exposeStringList('selectPatterns'),
    isStale: t.readExists('stale', {
      description:
        "Whether the extractor's configuration has changed since the discovery: its settings, its `select` and other extras, or its configuration in the environment. The gateway does not see changes of sensitive values, of variables and in the source itself. `discoverStreams` makes a new catalog.",
    }),
    plugin: t.readOne('plugin', { description: 'The extractor.' }),
    environment: t.readOne('environment', {
      description: 'The environment whose configuration the discovery used.',
    }),
    run: t.readOne('run', { description: 'The run that found the streams; null when that run was deleted.' }),
  }),
});

/** Whether the project of a plugin has an environment with a name. */
const hasEnvironment = perRequest<{ pluginId: string; name: string }, boolean>(async ({ store }, keys) => {
  const rows = await store.environments.beside(
    keys.map(({ pluginId }) => pluginId),
    keys.map(({ name }) => name),
  );
  const found = new Set(rows.map(keyOf));
  return keys.map((key) => found.has(keyOf(key)));
}, keyOf);

function keyOf({ pluginId, name }: { pluginId: string; name: string }): string {
  return `${pluginId} ${name}`;
}

builder.prismaObjectField(Plugin, 'catalog', (t) =>
  t.readOneOf('catalogs', {
    description:
      'The streams that this extractor can read in an environment, and which of them are selected. It is the result of the last successful `discoverStreams`. Null when there is none, and for plugins of other types. When the project has no environment with that name, it is null with an error of the code `NOT_FOUND`.',
    args: { environment: t.arg.string({ required: true, description: 'Name of the environment.' }) },
    where: ({ environment }) => filters.inEnvironment(environment),
    otherwise: async (pluginId, { environment }, context) => {
      if (await hasEnvironment(context, { pluginId: pluginId ?? '', name: environment })) return null;
      throw new BadRequest(`The project has no environment ${quoted(environment)}.`, 'NOT_FOUND');
    },
  }),
);

const StreamFilter = builder.inputType('StreamFilter', {
  description: 'Which streams to list. A stream must meet all conditions that are given.',
  fields: (t) => ({
    isSelected: t.boolean({
      description: 'True for streams that a run reads, false for streams that it does not read.',
    }),
  }),
});

builder.prismaObjectField(Catalog, 'streams', (t) =>
  t.readMany('streams', {
    description: 'The streams, ordered by name.',
    order: builder.readOrder(
      'Stream',
      { NAME: { columns: orders.stream, description: 'Name.' } },
      { field: 'NAME', direction: 'ASC' },
    ),
    filter: {
      type: StreamFilter,
      conditions: ({ isSelected }) => ({
        where: isSelected == null ? [] : [filters.isSelected(isSelected)],
      }),
    },
  }),
);
