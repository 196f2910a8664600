import type { StoredBulkFilter } from '../../domain/bulk/bulk-filter.ts';
import { keptDays } from '../../domain/bulk/bulk-operation.ts';
import type { NodeType } from '../../domain/naming/global-id.ts';
import type { Refusal } from '../../errors.ts';
import type { Conditions } from '../../reading/sources.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { BulkItemStatus, BulkOperationStatus, BulkVerb } from '../enums.ts';
import { UserError } from '../errors.ts';
import { addCreatedAt, addUpdatedAt } from '../fields.ts';
import { BulkFilter } from './bulk-filter.ts';
import { byGlobalId } from '../look-up.ts';
import { loadNode } from '../node.ts';

/** The columns from which `skippedCount` and `pendingCount` are computed. */
const counts = ['itemCount', 'succeededCount', 'failedCount', 'endedAt'] as const;

function leftOf(row: { itemCount: number; succeededCount: number; failedCount: number }): number {
  return row.itemCount - row.succeededCount - row.failedCount;
}

export const BulkOperation = builder.prismaNode('BulkOperation', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    verb: t.expose('verb', { type: BulkVerb }),
    filter: t.field({
      type: BulkFilter,
      description: 'The filter that chose the objects.',
      ...needs('filter'),
      resolve: ({ filter }) => filter as StoredBulkFilter,
    }),
    status: t.expose('status', { type: BulkOperationStatus }),
    itemCount: t.exposeInt('itemCount'),
    succeededCount: t.exposeInt('succeededCount'),
    failedCount: t.exposeInt('failedCount'),
    skippedCount: t.int({
      description: 'Number of objects that were not processed because the operation was cancelled.',
      ...needs(...counts),
      resolve: (row) => (row.endedAt === null ? 0 : leftOf(row)),
    }),
    pendingCount: t.int({
      description: 'Number of objects that still wait for their turn.',
      ...needs(...counts),
      resolve: (row) => (row.endedAt === null ? leftOf(row) : 0),
    }),
    maxParallel: t.exposeInt('maxParallel', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
  }),
});

addCreatedAt(BulkOperation);
addUpdatedAt(BulkOperation);

const Node = builder.nodeInterfaceRef();

builder.prismaObject('BulkItem', {
  fields: (t) => ({
    position: t.exposeInt('position'),
    subject: t.field({
      type: Node,
      nullable: true,
      description: 'The object as it is now; null when it no longer exists.',
      ...needs('subjectType', 'subjectId'),
      resolve: ({ subjectType, subjectId }, _args, context, info) =>
        loadNode(context, info, { type: subjectType as NodeType, id: subjectId }),
    }),
    subjectName: t.exposeString('subjectName', { nullable: true }),
    dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true }),
    status: t.expose('status', { type: BulkItemStatus }),
    result: t.field({
      type: Node,
      nullable: true,
      description:
        'What was created: the new run, or the state at its destination. For a tick of a backfill that had a run by then, that run. Null when nothing was created, when the verb changes the object itself, and when the created object no longer exists.',
      ...needs('resultType', 'resultId'),
      resolve: ({ resultType, resultId }, _args, context, info) =>
        resultId === null ? null : loadNode(context, info, { type: resultType as NodeType, id: resultId }),
    }),
    error: t.field({
      type: UserError,
      nullable: true,
      description:
        'Why it failed: the answer of the verb for one object. Its `path` is that of the verb for one object. Null when it has not failed.',
      ...needs('error'),
      resolve: ({ error }) => error as unknown as Refusal | null,
    }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
  }),
});

const BulkItemFilter = builder.inputType('BulkItemFilter', {
  description: 'Which items of a bulk operation to list.',
  fields: (t) => ({
    statuses: t.field({ type: [BulkItemStatus], description: 'Items in any of these statuses.' }),
  }),
});

builder.prismaObjectField(BulkOperation, 'items', (t) =>
  t.readMany('items', {
    description: 'The objects, in the order in which they are processed.',
    order: builder.readOrder(
      'BulkItem',
      { POSITION: { columns: orders.position, description: 'Position in the operation.' } },
      { field: 'POSITION', direction: 'ASC' },
    ),
    filter: {
      type: BulkItemFilter,
      conditions: ({ statuses }): Conditions =>
        statuses ? { choice: filters.statuses('BulkItemStatus', statuses) } : {},
    },
  }),
);

const BulkOperationFilter = builder.inputType('BulkOperationFilter', {
  description: 'Which bulk operations to list.',
  fields: (t) => ({
    statuses: t.field({ type: [BulkOperationStatus], description: 'Operations in any of these statuses.' }),
  }),
});

builder.queryFields((t) => ({
  bulkOperations: t.readMany('bulkOperations', {
    description: `Bulk operations, the newest first. They are kept for ${keptDays} days after their end.`,
    order: builder.readOrder(
      'BulkOperation',
      { CREATED_AT: { columns: orders.created, description: 'When it was requested.' } },
      { field: 'CREATED_AT', direction: 'DESC' },
    ),
    filter: {
      type: BulkOperationFilter,
      conditions: ({ statuses }): Conditions =>
        statuses ? { choice: filters.statuses('BulkOperationStatus', statuses) } : {},
    },
  }),
  bulkOperation: t.readOneOf('bulkOperations', {
    ...byGlobalId(t, 'BulkOperation', 'bulk operation'),
    description:
      'The bulk operation with that id; null when there is none, and when the text is no id at all.',
  }),
}));
