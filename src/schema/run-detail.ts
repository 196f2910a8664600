import { filters, orders, sources } from '../store/sources.ts';
import { builder } from './builder.ts';
import { addConnection, orderInput } from './connection.ts';
import { LogLevel, RunBlockKind, RunBlockStatus } from './enums.ts';
import { addCreatedAt } from './fields.ts';
import { Run } from './run.ts';
import { leadsTo } from './rows.ts';

export const RunBlock = builder.prismaNode('RunBlock', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    position: t.exposeInt('position'),
    kind: t.expose('kind', { type: RunBlockKind }),
    command: t.exposeString('command'),
    extractor: t.exposeString('extractor', { nullable: true }),
    loader: t.exposeString('loader', { nullable: true }),
    stateId: t.exposeString('stateId', { nullable: true }),
    status: t.expose('status', { type: RunBlockStatus }),
    exitCodes: t.expose('exitCodes', { type: 'JSON', nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    durationSeconds: t.exposeFloat('durationSeconds', { nullable: true }),
    run: t.field({
      type: Run,
      description: 'The run that it is a part of.',
      ...leadsTo('Run', 'runId'),
    }),
  }),
});

addCreatedAt(RunBlock);

addConnection({
  parent: Run,
  field: 'blocks',
  description: 'The blocks of the run, in the order in which they are executed.',
  name: 'RunBlock',
  node: RunBlock,
  source: sources.runBlocks,
  order: orderInput('RunBlock', {
    POSITION: { columns: orders.position, description: 'Position in the run.' },
  }),
  defaultOrder: { field: 'POSITION', direction: 'ASC' },
});

export const RunLog = builder.prismaObject('RunLog', {
  fields: (t) => ({
    sequence: t.exposeInt('sequence'),
    timestamp: t.expose('timestamp', { type: 'DateTime' }),
    level: t.expose('level', { type: LogLevel }),
    plugin: t.exposeString('plugin', { nullable: true }),
    message: t.exposeString('message'),
    fields: t.expose('fields', { type: 'JSON', nullable: true }),
  }),
});

const RunLogFilter = builder.inputType('RunLogFilter', {
  description: 'Which lines to list. All conditions given must hold.',
  fields: (t) => ({
    minLevel: t.field({ type: LogLevel, description: 'Lines of this severity or a higher one.' }),
    plugin: t.string({ description: 'Lines that the plugin of this name wrote.' }),
  }),
});

addConnection({
  parent: Run,
  field: 'logs',
  description: 'The lines that the run wrote, the oldest first. `last` reads from the end.',
  name: 'RunLog',
  node: RunLog,
  source: sources.runLogs,
  order: orderInput('RunLog', { SEQUENCE: { columns: orders.sequence, description: 'Number of the line.' } }),
  defaultOrder: { field: 'SEQUENCE', direction: 'ASC' },
  filter: {
    type: RunLogFilter,
    conditions: ({ minLevel, plugin }) => {
      const level = minLevel == null ? {} : filters.minLevel(minLevel);
      return {
        ...level,
        where: [...(level.where ?? []), ...(plugin == null ? [] : [filters.plugin(plugin)])],
      };
    },
  },
});

const RunMetric = builder.prismaObject('RunMetric', {
  fields: (t) => ({
    plugin: t.exposeString('plugin'),
    stream: t.exposeString('stream'),
    name: t.exposeString('name'),
    value: t.exposeFloat('value'),
  }),
});

addConnection({
  parent: Run,
  field: 'metrics',
  description:
    'What plugins counted during the run. An extractor and a loader each report the `record_count` of a stream.',
  name: 'RunMetric',
  node: RunMetric,
  source: sources.runMetrics,
  order: orderInput('RunMetric', {
    PLUGIN: {
      columns: orders.metric,
      description: 'The plugin, then the stream, then the name of the metric.',
    },
  }),
  defaultOrder: { field: 'PLUGIN', direction: 'ASC' },
});
