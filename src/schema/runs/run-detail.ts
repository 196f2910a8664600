import { lineConditions, searchedLines } from '../../store/runs/line-filter.ts';
import { encodeGlobalId } from '../../domain/naming/global-id.ts';
import { needs } from '../../reading/selection.ts';
import { orders } from '../../store/reading/orders.ts';
import type { BlockExit } from '../../store/runs/logs.ts';
import { builder } from '../builder.ts';
import { LogLevel, PluginRole, RunBlockKind, RunBlockStatus, Stdio } from '../enums.ts';
import { addCreatedAt } from '../fields.ts';
import { Run } from './run.ts';

const PluginExitCode = builder.objectRef<BlockExit>('PluginExitCode').implement({
  description: 'How a plugin ended that failed in a block.',
  fields: (t) => ({
    role: t.expose('role', { type: PluginRole, description: 'What the plugin does in the block.' }),
    plugin: t.exposeString('plugin', { description: 'Name of the plugin.' }),
    exitCode: t.exposeInt('exitCode', {
      description: 'Its exit code. Negative when a signal ended it: -9 for SIGKILL.',
    }),
  }),
});

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
    exitCodes: t.field({
      type: [PluginExitCode],
      description: 'The plugins of the block that failed, with their exit codes. Empty when none failed.',
      ...needs('exitCodes'),
      resolve: ({ exitCodes }) => (Array.isArray(exitCodes) ? (exitCodes as unknown as BlockExit[]) : []),
    }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    durationSeconds: t.exposeFloat('durationSeconds', { nullable: true }),
    firstLine: t.exposeInt('firstLine', { nullable: true }),
    lastLine: t.exposeInt('lastLine', { nullable: true }),
    run: t.readOne('run', { description: 'The run that it belongs to.' }),
  }),
});

addCreatedAt(RunBlock);

builder.prismaObjectField(Run, 'blocks', (t) =>
  t.readMany('blocks', {
    description: 'The blocks of the run, in the order in which they run.',
    order: builder.readOrder(
      'RunBlock',
      { POSITION: { columns: orders.position, description: 'Position in the run.' } },
      { field: 'POSITION', direction: 'ASC' },
    ),
  }),
);

export const RunLog = builder.prismaObject('RunLog', {
  fields: (t) => ({
    sequence: t.exposeInt('sequence'),
    timestamp: t.expose('timestamp', { type: 'DateTime' }),
    level: t.expose('level', { type: LogLevel }),
    plugin: t.exposeString('plugin', { nullable: true }),
    stdio: t.expose('stdio', { type: Stdio, nullable: true }),
    message: t.exposeString('message'),
    ansiText: t.exposeString('ansiText', { nullable: true }),
    fields: t.expose('fields', { type: 'JSON', nullable: true }),
  }),
});

export const RunLogFilter = builder.inputType('RunLogFilter', {
  description: 'Which lines. A line must meet all conditions that are given.',
  fields: (t) => ({
    minLevel: t.field({ type: LogLevel, description: 'Lines with this severity or a higher one.' }),
    levels: t.field({ type: [LogLevel], description: 'Lines with one of these severities.' }),
    pluginName: t.string({ description: 'Lines that the plugin of this name wrote.' }),
    stdio: t.field({ type: Stdio, description: 'Lines that a plugin wrote to this output.' }),
    block: t.int({
      description:
        'Lines that were written while the block at this position ran. Positions begin with 0. None before it has begun.',
    }),
    text: t.string({
      maxLength: 1000,
      description: 'Lines whose `message` contains this text, as written.',
    }),
    ignoreCase: t.boolean({
      description: 'With `text`: whether upper and lower case are the same. False when absent.',
    }),
  }),
});

builder.prismaObjectField(Run, 'logs', (t) =>
  t.readMany('logs', {
    description: [
      'The lines that the run wrote, the oldest first. `last` reads from the end.',
      `The levels from WARNING on, and \`block\`, have an index. With any other condition a page looks at no more than ${searchedLines.toLocaleString('en')} lines. It may then have fewer lines than were asked for, or none, although \`hasNextPage\` (with \`last\`, \`hasPreviousPage\`) is true. \`endCursor\` (\`startCursor\`) says how far it has looked: the page after it goes on there. \`totalCount\` is then null for a log with more lines than that.`,
    ].join('\n\n'),
    order: builder.readOrder(
      'RunLog',
      { SEQUENCE: { columns: orders.sequence, description: 'Number of the line.' } },
      { field: 'SEQUENCE', direction: 'ASC' },
    ),
    filter: {
      type: RunLogFilter,
      conditions: lineConditions,
    },
  }),
);

builder.prismaObjectField(Run, 'logUrl', (t) =>
  t.string({
    description:
      'Address of the whole log, relative to that of the GraphQL endpoint: `runs/<id>/log`. It comes as text, or with `Accept: application/x-ndjson` as one JSON object for each line; with `.txt` or `.ndjson` at the end of the address in that form. It takes `Range` requests for bytes. The log of a run that has not ended is sent as it is now: it only grows at its end, so that a range gives what has come since. Send the token as for GraphQL.',
    ...needs('id'),
    resolve: ({ id }) => `runs/${encodeGlobalId({ type: 'Run', id })}/log`,
  }),
);

builder.prismaObject('RunMetric', {
  fields: (t) => ({
    plugin: t.exposeString('plugin'),
    stream: t.exposeString('stream'),
    name: t.exposeString('name'),
    value: t.exposeFloat('value'),
  }),
});

builder.prismaObjectField(Run, 'metrics', (t) =>
  t.readMany('metrics', {
    description:
      'What plugins counted during the run. For a stream, the extractor and the loader each report a `record_count`.',
    order: builder.readOrder(
      'RunMetric',
      {
        PLUGIN: {
          columns: orders.metric,
          description: 'The plugin, then the stream, then the name of the metric.',
        },
      },
      { field: 'PLUGIN', direction: 'ASC' },
    ),
  }),
);
