import { findEnvironment, findRun } from '../../domain/naming/references.ts';
import { followEnvironment, followLogs, followRun } from '../../domain/runs/follow-run.ts';
import { orders } from '../../store/reading/orders.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { found } from '../found.ts';
import { builder } from '../builder.ts';
import { Edge } from '../../reading/fields/connection.ts';
import { decodeCursor, encodeCursor } from '../../reading/fields/cursor.ts';
import { rowById } from '../find-row.ts';
import { Run } from './run.ts';
import { idOrPath } from '../naming/references.ts';

builder.subscriptionField('runLogs', (t) =>
  t.field({
    type: builder.readEdge('RunLog'),
    description:
      'The lines of a run: first the stored lines, then each new line. No line is missing and none comes twice. Ends after the last line, when the run has ended. After a lost connection, subscribe again and give the last `cursor` as `after`. The `EventSource` of a browser does so by itself.',
    args: {
      run: t.arg.id({
        required: true,
        description: idOrPath('Run'),
      }),
      after: t.arg.string({
        description:
          'Start after the line with this cursor. When absent or empty, start with the first line.',
      }),
    },
    subscribe: async (_root, { run, after }, { store, eventIds }) => {
      const { id } = await found(findRun(store, run, ['run']));
      const [sequence] = decodeCursor(eventIds.last ?? after, orders.sequence) ?? [0];
      return followLogs(store, id, sequence as number);
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
      'A run, whenever its status or its `waitingFor` changes. Give either `run` or `environment`.',
      'With `run`: first the run as it is now, then each change, until it has ended. With `environment`: each change of every run in the environment, until you unsubscribe.',
    ].join('\n\n'),
    args: {
      run: t.arg.id({ description: idOrPath('Run') }),
      environment: t.arg.id({ description: idOrPath('Environment', 'an environment') }),
    },
    subscribe: async (_root, { run, environment }, { store }) => {
      if ((run == null) === (environment == null)) {
        throw new BadRequest('Give either `run` or `environment`.', 'BAD_ARGUMENTS');
      }
      if (run != null) return followRun(store, (await found(findRun(store, run, ['run']))).id);
      const { id } = await found(findEnvironment(store, environment ?? '', ['environment']));
      return followEnvironment(store, id);
    },
    resolve: ({ id }, _args, context, info) => rowById(context, info, 'Run', id),
  }),
);
