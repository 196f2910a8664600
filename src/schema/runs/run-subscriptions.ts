import { maxChanges, type Changes } from '../../domain/changes/follow-changes.ts';
import { findRun } from '../../domain/naming/references.ts';
import { followLines, followLogs, type Lines } from '../../domain/runs/follow-logs.ts';
import { followRun, statusText } from '../../domain/runs/follow-run.ts';
import { orders } from '../../store/reading/orders.ts';
import { found, foundLater } from '../found.ts';
import { builder } from '../builder.ts';
import { Edge } from '../../reading/fields/connection.ts';
import { decodeCursor, encodeCursor } from '../../reading/fields/cursor.ts';
import type { Context } from '../context.ts';
import { followPlaces, texts } from '../changes/follow-places.ts';
import { findById, rowOfEvent } from '../find-row.ts';
import { RunLog, RunLogFilter } from './run-detail.ts';
import { Run } from './run.ts';
import { idOrPath } from '../naming/references.ts';

const lineArgs = (t: Parameters<Parameters<typeof builder.subscriptionField>[1]>[0]) => ({
  run: t.arg.id({
    required: true,
    description: idOrPath('Run'),
  }),
  after: t.arg.string({
    description: 'Start after the line with this cursor. When absent or empty, start with the first line.',
  }),
  filter: t.arg({ type: RunLogFilter, description: 'Which lines come. When absent, all.' }),
});

/** Where lines begin that a client asks for. */
async function begin({ store, eventIds }: Context, run: string, after: string | null | undefined) {
  const { id } = await found(findRun(store, run, ['run']));
  const [sequence] = decodeCursor(eventIds.last ?? after, orders.sequence) ?? [0];
  return { id, sequence: sequence as number };
}

builder.subscriptionField('runLogs', (t) =>
  t.field({
    type: builder.readEdge('RunLog'),
    description:
      'The lines of a run, one by one: first the stored lines, then each new line. No line is missing and none comes twice. `filter` leaves lines out. Ends after the last line, when the run has ended. After a lost connection, subscribe again and give the last `cursor` as `after`. The `EventSource` of a browser does so by itself. `runLogLines` has fewer events.',
    args: lineArgs(t),
    subscribe: async (_root, { run, after, filter }, context) => {
      const { id, sequence } = await begin(context, run, after);
      return foundLater(followLogs(context.store, id, sequence, filter ?? {}));
    },
    resolve: (row, _args, { eventIds }) => {
      eventIds.next = encodeCursor(row, orders.sequence);
      return new Edge({ ...row }, orders.sequence);
    },
  }),
);

const RunLogLines = builder.objectRef<{ lines: Lines; cursor: string }>('RunLogLines').implement({
  description: 'Lines of a run that come together.',
  fields: (t) => ({
    nodes: t.field({
      type: [RunLog],
      description: 'The lines, the oldest first: at least one, at most 500.',
      resolve: ({ lines }) => lines.map((line) => ({ ...line })),
    }),
    cursor: t.exposeString('cursor', { description: 'Opaque position of the last line, for `after`.' }),
  }),
});

builder.subscriptionField('runLogLines', (t) =>
  t.field({
    type: RunLogLines,
    description:
      'The lines of a run as `runLogs` has them, several at a time: first the stored lines, then all that came since the event before. Take it for a run that writes many lines a second.',
    args: lineArgs(t),
    subscribe: async (_root, { run, after, filter }, context) => {
      const { id, sequence } = await begin(context, run, after);
      return foundLater(followLines(context.store, id, sequence, filter ?? {}));
    },
    resolve: (lines, _args, { eventIds }) => {
      const cursor = encodeCursor({ ...lines.at(-1) }, orders.sequence);
      eventIds.next = cursor;
      return { lines, cursor };
    },
  }),
);

/** What says whether an event is about the run as it is now. */
const statusColumns = ['status', 'waitingForRunId', 'waitingForKey'] as const;

builder.subscriptionField('runUpdated', (t) =>
  t.field({
    type: Run,
    description:
      'A run: first as it is now, then whenever its status changes, or it begins or ends to wait for something (`waitingFor`). That another run has it now is no event. Ends when the run has ended. `runsUpdated` follows many runs.',
    args: { run: t.arg.id({ required: true, description: idOrPath('Run') }) },
    subscribe: async (_root, { run }, { store }) =>
      foundLater(await followRun(store, (await found(findRun(store, run, ['run']))).id)),
    resolve: async ({ objectId, status }, _args, context, info) => {
      const row = await rowOfEvent(context, info, 'Run', objectId, statusColumns);
      // Of what it is by now, the next event tells.
      context.isOvertaken ||= statusText(row) !== status;
      return row;
    },
  }),
);

const RunUpdates = builder.objectRef<Changes>('RunUpdates').implement({
  description: 'Runs that have changed since the event before.',
  fields: (t) => ({
    nodes: t.field({
      type: [Run],
      description: `The runs as they are now, each once, those that changed last at the end. At most ${maxChanges}. Empty when there is nothing new, as in the first event of most subscriptions. A run that was deleted meanwhile is left out.`,
      extensions: { most: maxChanges },
      resolve: async ({ changes }, _args, context, info) => {
        const rows = changes.map(({ objectId }) => findById(context, info, 'Run', objectId));
        return (await Promise.all(rows)).filter((row) => row !== null);
      },
    }),
    isRefetchNeeded: t.exposeBoolean('isRefetchNeeded', { description: texts.isRefetchNeeded }),
    cursor: t.exposeString('cursor', { description: texts.cursor }),
  }),
});

builder.subscriptionField('runsUpdated', (t) =>
  t.field({
    type: RunUpdates,
    description: [
      'The runs whose status changes, or that begin or end to wait for something (`waitingFor`), in all projects or in a project, an environment or a job. Does not end by itself.',
      texts.goesOn,
      'Deletions are not told: `changes` tells of them.',
    ].join('\n\n'),
    args: {
      project: t.arg.id({ description: `${idOrPath('Project', 'a project')} Only runs in it.` }),
      environment: t.arg.id({ description: `${idOrPath('Environment', 'an environment')} Only runs in it.` }),
      job: t.arg.id({ description: `${idOrPath('Job', 'a job')} Only runs of it.` }),
      after: t.arg.string({ description: texts.after }),
    },
    subscribe: (_root, { after, ...places }, context) =>
      followPlaces(context, places, { types: ['Run'], isOfStatus: true }, after),
    resolve: (changes, _args, { eventIds }) => {
      eventIds.next = changes.cursor;
      return changes;
    },
  }),
);
