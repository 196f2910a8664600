import { findBulkOperation } from '../domain/bulk-operation.ts';
import { findEnvironment, findRun, findService } from '../domain/references.ts';
import { followBulkOperation } from '../domain/watch-bulk-operation.ts';
import { followEnvironment, followLogs, followRun } from '../domain/watch-run.ts';
import { followService } from '../domain/watch-service.ts';
import { orders } from '../store/sources.ts';
import { builder } from './builder.ts';
import { BadRequest, found } from './bad-request.ts';
import { BulkOperation } from './bulk-operation.ts';
import { edgeType } from './connection.ts';
import { decodeCursor } from './cursor.ts';
import { Run } from './run.ts';
import { RunLog } from './run-detail.ts';
import { rowById } from './rows.ts';
import { Service } from './service.ts';

builder.subscriptionField('runLogs', (t) =>
  t.field({
    type: edgeType('RunLog', RunLog),
    description:
      'The lines of a run: first those that are stored, then each as it comes; none is missing and none comes twice. Ends when the run has ended and its last line was given. After a lost connection, subscribe again with the last `cursor` as `after`.',
    args: {
      run: t.arg.id({
        required: true,
        description: "Id of the run, or path of a job for the job's newest run.",
      }),
      after: t.arg.string({
        description: 'Begin after the line with this cursor; at the first line when absent.',
      }),
    },
    subscribe: async (_root, { run, after }, { services }) => {
      const { id } = await found(findRun(services.store, run, ['run']));
      const [sequence] = after == null ? [0] : decodeCursor(after, orders.sequence);
      return followLogs(services.store, id, sequence as number);
    },
    resolve: (row) => ({ row: { ...row }, order: orders.sequence }),
  }),
);

builder.subscriptionField('runUpdated', (t) =>
  t.field({
    type: Run,
    description:
      'A run whenever its status changes or what it waits for does. For one run: first as it is now, until it has ended. For an environment: every run that changes there, until you leave. Give either `run` or `environment`.',
    args: {
      run: t.arg.id({ description: "Id of the run, or path of a job for the job's newest run." }),
      environment: t.arg.id({ description: 'Id or path (`project/environment`) of an environment.' }),
    },
    subscribe: async (_root, { run, environment }, { services: { store } }) => {
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

builder.subscriptionField('serviceUpdated', (t) =>
  t.field({
    type: Service,
    description:
      'A service as it is now, and again whenever it changes, its status above all. Ends when it is deleted.',
    args: {
      service: t.arg.id({
        required: true,
        description: 'Id or path (`project/environment/service`) of the service.',
      }),
    },
    subscribe: async (_root, { service }, { services: { store } }) =>
      followService(store, await found(findService(store, service, ['service']))),
    resolve: ({ id }, _args, context, info) => rowById(context, info, 'Service', id),
  }),
);

builder.subscriptionField('bulkOperationUpdated', (t) =>
  t.field({
    type: BulkOperation,
    description:
      'A bulk operation: first as it is now, then as it goes on, about twice a second at most, until it has ended.',
    args: { operation: t.arg.id({ required: true, description: 'Id of the bulk operation.' }) },
    subscribe: async (_root, { operation }, { services: { store } }) =>
      followBulkOperation(store, await found(findBulkOperation(store, operation, ['operation']))),
    resolve: ({ id }, _args, context, info) => rowById(context, info, 'BulkOperation', id),
  }),
);
