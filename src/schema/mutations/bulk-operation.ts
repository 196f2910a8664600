import { cancelBulkOperation, keptDays, maxItems } from '../../domain/bulk-operation.ts';
import { InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { BulkOperation } from '../bulk-operation.ts';
import { addVerb, inputFields } from './verb.ts';

/** What every bulk verb answers. */
export const submitted = {
  field: 'operation',
  node: BulkOperation,
  table: 'BulkOperation',
  description: 'The bulk operation, QUEUED; it has SUCCEEDED when the filter fits nothing.',
} as const;

/** What holds for every bulk verb. */
export const bulkText = `The objects are chosen now, at most ${maxItems.toLocaleString('en')}, and taken one by one in the background: follow \`bulkOperationUpdated\`, and see its \`items\` for what has become of each. One that is refused does not keep the others. An operation is kept for ${keptDays} days after its end. A verb of its own since it changes many objects.`;

addVerb({
  name: 'cancelBulkOperation',
  description:
    'Ends a bulk operation before its time: what has been done stays, and objects that are left are skipped. Cancelling one that is CANCELLED changes nothing. A verb of its own since it stops work that is under way.',
  input: inputFields((t) => ({
    operation: t.id({ required: true, description: 'Id of the bulk operation.' }),
  })),
  success: { ...submitted, description: 'The bulk operation, CANCELLED.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: cancelBulkOperation,
});
