import { findEnvironment, findJob, findProject, findRun } from '../../domain/naming/references.ts';
import { followLines, followLogs, type Lines } from '../../domain/runs/follow-logs.ts';
import { followRun, followRuns, statusText } from '../../domain/runs/follow-run.ts';
import { orders } from '../../store/reading/orders.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { found } from '../found.ts';
import { builder } from '../builder.ts';
import { Edge } from '../../reading/fields/connection.ts';
import { decodeCursor, encodeCursor } from '../../reading/fields/cursor.ts';
import type { Context } from '../context.ts';
import { rowOfEvent } from '../find-row.ts';
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
      'The lines of a run, one by one: first the stored lines, then each new line. No line is missing and none comes twice. `filter` leaves lines out. Ends after the last line, when the run has ended. After a lost connection, subscribe again and give the last `cursor` as `after`. The `EventSource` of a browser does so by itself. Where a run may write many lines a second, take `runLogLines`.',
    args: lineArgs(t),
    subscribe: async (_root, { run, after, filter }, context) => {
      const { id, sequence } = await begin(context, run, after);
      return followLogs(context.store, id, sequence, filter ?? {});
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
      'The lines of a run as `runLogs` has them, several at a time: first the stored lines, then all that came since the event before. So few events are enough for a run that writes much.',
    args: lineArgs(t),
    subscribe: async (_root, { run, after, filter }, context) => {
      const { id, sequence } = await begin(context, run, after);
      return followLines(context.store, id, sequence, filter ?? {});
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
    description: [
      'A run, whenever its status or its `waitingFor` changes. Give at most one of the arguments.',
      'With `run`: first the run as it is now, then each change, until it has ended. Otherwise: each change of every run of the job, the environment or the project, or of all when there is no argument, until you unsubscribe. Changes that come while the connection is lost are not told: read the runs again when it is back, or follow `changes`, which goes on where it stopped.',
    ].join('\n\n'),
    args: {
      run: t.arg.id({ description: idOrPath('Run') }),
      job: t.arg.id({ description: idOrPath('Job', 'a job') }),
      environment: t.arg.id({ description: idOrPath('Environment', 'an environment') }),
      project: t.arg.id({ description: idOrPath('Project', 'a project') }),
    },
    subscribe: async (_root, { run, job, environment, project }, { store }) => {
      if ([run, job, environment, project].filter((reference) => reference != null).length > 1) {
        const message = 'Give at most one of `run`, `job`, `environment` and `project`.';
        throw new BadRequest(message, 'BAD_ARGUMENTS');
      }
      if (run != null) return followRun(store, (await found(findRun(store, run, ['run']))).id);
      if (job != null) {
        return followRuns(store, { jobId: (await found(findJob(store, job, ['job']))).id });
      }
      if (environment != null) {
        const { id } = await found(findEnvironment(store, environment, ['environment']));
        return followRuns(store, { environmentId: id });
      }
      if (project != null) {
        return followRuns(store, { projectId: (await found(findProject(store, project, ['project']))).id });
      }
      return followRuns(store, {});
    },
    resolve: async ({ objectId, status }, _args, context, info) => {
      const row = await rowOfEvent(context, info, 'Run', objectId, statusColumns);
      // Of what it is by now, the next event tells.
      context.isOvertaken ||= statusText(row) !== status;
      return row;
    },
  }),
);
