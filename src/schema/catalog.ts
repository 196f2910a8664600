import type { StoredProperty } from '../domain/discover-streams.ts';
import { filters, orders, sources } from '../store/sources.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { PropertySelection } from './enums.ts';
import { Environment } from './environment.ts';
import { Plugin } from './plugin.ts';
import { finds, findsAny, leadsTo } from './rows.ts';
import { Run } from './run.ts';

const StreamProperty = builder.objectRef<StoredProperty>('StreamProperty').implement({
  description: 'A property of a stream, such as a column of a table.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the property; one of an object in it follows after a dot.',
    }),
    selection: t.expose('selection', {
      type: PropertySelection,
      description: 'What becomes of it in a run.',
    }),
  }),
});

const Stream = builder.prismaObject('Stream', {
  fields: (t) => ({
    name: t.exposeString('name'),
    isSelected: t.exposeBoolean('isSelected'),
    properties: t.field({
      type: [StreamProperty],
      description: 'Its properties, by their names.',
      ...needs('properties'),
      resolve: ({ properties }) => properties as unknown as StoredProperty[],
    }),
  }),
});

const Catalog = builder.prismaObject('Catalog', {
  fields: (t) => ({
    discoveredAt: t.expose('discoveredAt', { type: 'DateTime' }),
    selectPatterns: t.exposeStringList('selectPatterns'),
    isStale: t.boolean({
      description:
        "Whether the extractor's settings, its `select` and other extras, or its configuration in the environment have changed since, as far as the gateway knows them: sensitive values, variables and the source itself may have changed unseen. `discoverStreams` discovers it anew.",
      ...findsAny(sources.freshCatalog, (fresh) => !fresh),
    }),
    plugin: t.field({ type: Plugin, description: 'The extractor.', ...leadsTo('Plugin', 'pluginId') }),
    environment: t.field({
      type: Environment,
      description: 'The environment whose configuration held.',
      ...leadsTo('Environment', 'environmentId'),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that has discovered it; null when that was deleted.',
      ...leadsTo('Run', 'runId'),
    }),
  }),
});

builder.objectField(Plugin, 'catalog', (t) =>
  t.field({
    type: Catalog,
    nullable: true,
    description:
      'The streams that this extractor has in an environment, with their selection, as `discoverStreams` has found them last; null before it was called, and for plugins of other types.',
    args: { environment: t.arg.string({ required: true, description: 'Name of the environment.' }) },
    ...finds(sources.pluginCatalogs, 'id', ({ environment = '' }) => filters.inEnvironment(environment)),
  }),
);

const StreamFilter = builder.inputType('StreamFilter', {
  description: 'Which streams to list. All conditions given must hold.',
  fields: (t) => ({
    isSelected: t.boolean({ description: 'Streams that a run reads, or those that it does not.' }),
  }),
});

addConnection({
  parent: Catalog,
  field: 'streams',
  description: 'The streams, by their names.',
  name: 'Stream',
  node: Stream,
  source: sources.catalogStreams,
  order: orderInput('Stream', { NAME: { columns: orders.stream, description: 'The name.' } }),
  defaultOrder: { field: 'NAME', direction: 'ASC' },
  filter: {
    type: StreamFilter,
    conditions: ({ isSelected }) => ({ where: isSelected == null ? [] : [filters.isSelected(isSelected)] }),
  },
});
