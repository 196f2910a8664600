import { findBulkOperation } from '../../domain/bulk/bulk-operation.ts';
import { followBulkOperation } from '../../domain/bulk/follow-bulk-operation.ts';
import { found, foundLater } from '../found.ts';
import { builder } from '../builder.ts';
import { rowOfEvent } from '../find-row.ts';
import { BulkOperation } from './bulk-operation.ts';

builder.subscriptionField('bulkOperationUpdated', (t) =>
  t.field({
    type: BulkOperation,
    description:
      'A bulk operation: first as it is now, then each time it makes progress, at most about twice a second. Ends when the operation has ended.',
    args: { id: t.arg.id({ required: true, description: 'Id of the bulk operation.' }) },
    subscribe: async (_root, { id }, { store }) =>
      foundLater(await followBulkOperation(store, await found(findBulkOperation(store, id, ['id'])))),
    resolve: async ({ id, isEnded }, _args, context, info) => {
      const row = await rowOfEvent(context, info, 'BulkOperation', id, ['endedAt']);
      // Of its end, the next event tells.
      context.isOvertaken ||= !isEnded && row.endedAt !== null;
      return row;
    },
  }),
);
