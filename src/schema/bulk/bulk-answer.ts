import {
  cancelBulkOperation,
  keptDays,
  maxItems,
  pauseBulkOperation,
  resumeBulkOperation,
} from '../../domain/bulk/bulk-operation.ts';
import { InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { BulkOperation } from './bulk-operation.ts';
import { addVerb, inputFields } from '../verb.ts';

/** The success type of every bulk verb. */
export const submitted = {
  field: 'operation',
  node: BulkOperation,
  table: 'BulkOperation',
  description: 'The bulk operation, QUEUED. When the filter matches nothing, it is SUCCEEDED.',
} as const;

/** What every bulk verb says of itself. */
export const bulkText = `The objects are chosen now; more than ${maxItems.toLocaleString('en')} are a \`LimitExceeded\`. They are processed one by one in the background. \`bulkOperationUpdated\` follows the progress, and \`items\` shows the result for each object. When one object is refused, the others are still processed. The operation is kept for ${keptDays} days after its end.`;

const input = inputFields((t) => ({
  id: t.id({ required: true, description: 'Id of the bulk operation.' }),
}));

addVerb({
  name: 'cancelBulkOperation',
  description:
    'Ends a bulk operation early. What has been done stays, and the remaining objects are skipped. Cancelling an operation that is CANCELLED changes nothing.',
  input,
  success: { ...submitted, description: 'The bulk operation, CANCELLED.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: cancelBulkOperation,
});

addVerb({
  name: 'pauseBulkOperation',
  description:
    'Pauses a bulk operation. What has been done stays, runs that it has made go on, and the remaining objects wait. Pausing an operation that is PAUSED changes nothing.',
  input,
  success: { ...submitted, description: 'The bulk operation, PAUSED.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: pauseBulkOperation,
});

addVerb({
  name: 'resumeBulkOperation',
  description:
    'Lets a paused bulk operation go on. Resuming an operation that is not paused and has not ended changes nothing.',
  input,
  success: { ...submitted, description: 'The bulk operation, QUEUED.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: resumeBulkOperation,
});
