import type { StoredProperty } from '../../domain/runs/discover-streams.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { PropertySelection } from '../enums.ts';
import type { Reference } from '../../domain/naming/parse-reference.ts';
import type { Sql } from '../../lib/sql.ts';
import { isInEnvironmentAt } from '../../store/reading/paths.ts';
import { findById } from '../find-row.ts';
import { findFormerId, readReference } from '../naming/by-reference.ts';
import { idOrPath } from '../naming/references.ts';
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

interface CatalogKey {
  pluginId: string;
  environmentId: string;
}

const catalogId = perRequest<CatalogKey, string | null>(async ({ store }, keys) => {
  const ids = new Map((await store.catalogs.idsOf(keys)).map((row) => [keyOf(row), row.id]));
  return keys.map((key) => ids.get(keyOf(key)) ?? null);
}, keyOf);

function keyOf({ pluginId, environmentId }: CatalogKey): string {
  return `${pluginId} ${environmentId}`;
}

function inEnvironment(reference: Reference | null): Sql {
  if (reference === null) return filters.nothing;
  return 'id' in reference ? filters.inEnvironment(reference.id) : isInEnvironmentAt(reference.names);
}

builder.prismaObjectField(Plugin, 'catalog', (t) =>
  t.readOneOf('catalogs', {
    description:
      'The streams that this extractor can read in an environment, and which of them are selected. It is the result of the last successful `discoverStreams`. Null when there is none, when there is no such environment, and for plugins of other types.',
    args: { environment: t.arg.id({ required: true, description: idOrPath('Environment') }) },
    where: ({ environment }) => inEnvironment(readReference('Environment', environment)),
    otherwise: async (pluginId, { environment }, context, info) => {
      const reference = readReference('Environment', environment);
      if (pluginId === null || reference === null || 'id' in reference) return null;
      const environmentId = await findFormerId(context, 'Environment', reference.names);
      if (environmentId === null) return null;
      const id = await catalogId(context, { pluginId, environmentId });
      return id === null ? null : findById(context, info, 'Catalog', id);
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
