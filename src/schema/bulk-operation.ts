import { keptDays } from '../domain/bulk-operation.ts';
import { decodeGlobalId, type NodeType } from '../domain/global-id.ts';
import type { Refusal } from '../errors.ts';
import { filters, orders, sources, type Conditions } from '../store/sources.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { BulkItemStatus, BulkOperationStatus, BulkVerb } from './enums.ts';
import { ErrorInterface } from './errors.ts';
import { addCreatedAt } from './fields.ts';
import { loadNode } from './node.ts';
import { finds } from './rows.ts';

/** The columns that the numbers of objects are computed from. */
const counts = ['itemCount', 'succeededCount', 'failedCount', 'endedAt'] as const;

function leftOf(row: { itemCount: number; succeededCount: number; failedCount: number }): number {
  return row.itemCount - row.succeededCount - row.failedCount;
}

export const BulkOperation = builder.prismaNode('BulkOperation', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    verb: t.expose('verb', { type: BulkVerb }),
    filter: t.expose('filter', { type: 'JSON' }),
    status: t.expose('status', { type: BulkOperationStatus }),
    itemCount: t.exposeInt('itemCount'),
    succeededCount: t.exposeInt('succeededCount'),
    failedCount: t.exposeInt('failedCount'),
    skippedCount: t.int({
      description: 'Number of objects that were left when it was cancelled.',
      ...needs(...counts),
      resolve: (row) => (row.endedAt === null ? 0 : leftOf(row)),
    }),
    pendingCount: t.int({
      description: 'Number of objects that are still to come.',
      ...needs(...counts),
      resolve: (row) => (row.endedAt === null ? leftOf(row) : 0),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
  }),
});

addCreatedAt(BulkOperation);

const Node = builder.nodeInterfaceRef();

const BulkItem = builder.prismaObject('BulkItem', {
  fields: (t) => ({
    position: t.exposeInt('position'),
    subject: t.field({
      type: Node,
      nullable: true,
      description: 'The object as it is now; null when it is gone.',
      ...needs('subjectType', 'subjectId'),
      resolve: ({ subjectType, subjectId }, _args, context, info) =>
        loadNode(context, info, { type: subjectType as NodeType, id: subjectId }),
    }),
    subjectName: t.exposeString('subjectName', { nullable: true }),
    status: t.expose('status', { type: BulkItemStatus }),
    result: t.field({
      type: Node,
      nullable: true,
      description:
        'What was made: the new run, or the state at its destination. Null for a verb that changes the object itself, when nothing was made, and when it is gone.',
      ...needs('resultType', 'resultId'),
      resolve: ({ resultType, resultId }, _args, context, info) =>
        resultId === null ? null : loadNode(context, info, { type: resultType as NodeType, id: resultId }),
    }),
    error: t.field({
      type: ErrorInterface,
      nullable: true,
      description:
        'Why it failed: what the verb for one object has answered, with paths as that one gives them.',
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

addConnection({
  parent: BulkOperation,
  field: 'items',
  description: 'The objects, in the order in which they are taken.',
  name: 'BulkItem',
  node: BulkItem,
  source: sources.bulkItems,
  order: orderInput('BulkItem', {
    POSITION: { columns: orders.position, description: 'Position in the operation.' },
  }),
  defaultOrder: { field: 'POSITION', direction: 'ASC' },
  filter: {
    type: BulkItemFilter,
    conditions: ({ statuses }): Conditions =>
      statuses ? { choice: filters.statuses('BulkItemStatus', statuses) } : {},
  },
});

const BulkOperationFilter = builder.inputType('BulkOperationFilter', {
  description: 'Which bulk operations to list.',
  fields: (t) => ({
    statuses: t.field({ type: [BulkOperationStatus], description: 'Operations in any of these statuses.' }),
  }),
});

addConnection({
  field: 'bulkOperations',
  description: `Bulk operations, the newest first. They are kept for ${keptDays} days after their end.`,
  name: 'BulkOperation',
  node: BulkOperation,
  source: sources.bulkOperations,
  order: orderInput('BulkOperation', {
    CREATED_AT: { columns: orders.created, description: 'When it was asked for.' },
  }),
  defaultOrder: { field: 'CREATED_AT', direction: 'DESC' },
  filter: {
    type: BulkOperationFilter,
    conditions: ({ statuses }): Conditions =>
      statuses ? { choice: filters.statuses('BulkOperationStatus', statuses) } : {},
  },
});

builder.queryField('bulkOperation', (t) =>
  t.field({
    type: BulkOperation,
    nullable: true,
    description: 'The bulk operation of that id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'Id of the bulk operation.' }) },
    ...finds(sources.bulkOperations, null, ({ id = '' }) => {
      const decoded = decodeGlobalId(id);
      return decoded?.type === 'BulkOperation' ? filters.equals('id', decoded.id) : filters.nothing;
    }),
  }),
);
