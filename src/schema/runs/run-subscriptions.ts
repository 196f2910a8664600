import { findEnvironment, findJob, findProject, findRun } from '../../domain/naming/references.ts';
import { followLogs, followRun, followRuns } from '../../domain/runs/follow-run.ts';
import { orders } from '../../store/reading/orders.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { found } from '../found.ts';
import { builder } from '../builder.ts';
import { Edge } from '../../reading/fields/connection.ts';
import { decodeCursor, encodeCursor } from '../../reading/fields/cursor.ts';
import { rowById } from '../find-row.ts';
import { RunLogFilter } from './run-detail.ts';
import { Run } from './run.ts';
import { idOrPath } from '../naming/references.ts';

builder.subscriptionField('runLogs', (t) =>
  t.field({
    type: builder.readEdge('RunLog'),
    description:
      'The lines of a run: first the stored lines, then each new line. No line is missing and none comes twice. `filter` leaves lines out. Ends after the last line, when the run has ended. After a lost connection, subscribe again and give the last `cursor` as `after`. The `EventSource` of a browser does so by itself.',
    args: {
      run: t.arg.id({
        required: true,
        description: idOrPath('Run'),
      }),
      after: t.arg.string({
        description:
          'Start after the line with this cursor. When absent or empty, start with the first line.',
      }),
      filter: t.arg({ type: RunLogFilter, description: 'Which lines come. When absent, all.' }),
    },
    subscribe: async (_root, { run, after, filter }, { store, eventIds }) => {
      const { id } = await found(findRun(store, run, ['run']));
      const [sequence] = decodeCursor(eventIds.last ?? after, orders.sequence) ?? [0];
      return followLogs(store, id, sequence as number, filter ?? {});
    },
    resolve: (row, _args, { eventIds }) => {
      eventIds.next = encodeCursor(row, orders.sequence);
      return new Edge({ ...row }, orders.sequence);
    },
  }),
);

builder.subscriptionField('runUpdated', (t) =>
  t.field({
    type: Run,
    description: [
      'A run, whenever its status or its `waitingFor` changes. Give at most one of the arguments.',
      'With `run`: first the run as it is now, then each change, until it has ended. Otherwise: each change of every run of the job, the environment or the project, or of all when there is no argument, until you unsubscribe.',
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
    resolve: ({ id }, _args, context, info) => rowById(context, info, 'Run', id),
  }),
);
