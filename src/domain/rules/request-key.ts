import { createHash } from 'node:crypto';
import { Conflict, type InputCheck } from '../../errors.ts';
import type { EarlierRequest, KeyedRequest } from '../../store/rules/request-keys.ts';
import { printLargeJson, TooManyLevels } from '../../lib/event-loop/print-json.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';

function isRequestId(id: string): boolean {
  return id !== '' && id.length <= 200 && isPostgresText(id);
}

/** Notes a key that is not valid. */
export function checkRequestId(check: InputCheck, id: string | null | undefined): void {
  if (id == null || isRequestId(id)) return;
  check.add(
    'clientRequestId',
    'BAD_REQUEST_ID',
    'A clientRequestId has 1 to 200 characters, and no NUL among them.',
  );
}

/** The fields of a mutation's input that concern repetition. */
interface Repeatable {
  clientRequestId?: string | null | undefined;
  validateOnly?: boolean | undefined;
}

/**
 * Returns the key of a mutation's input, with a digest of the mutation and its input. The digest leaves out
 * the key itself and `validateOnly`. It depends on the order of fields, which is that of the schema.
 *
 * @returns null when there is no key, or an invalid one, which `checkRequestId` reports, or when the input is
 *   nested so deep that every verb refuses it
 */
export async function keyedRequest(mutation: string, input: Repeatable): Promise<KeyedRequest | null> {
  const { clientRequestId } = input;
  if (clientRequestId == null || !isRequestId(clientRequestId)) return null;
  const payload = { ...input };
  delete payload.clientRequestId;
  delete payload.validateOnly;
  try {
    const printed = await printLargeJson({ mutation, ...payload });
    const inputDigest = createHash('sha256').update(printed).digest('hex');
    return { clientRequestId, mutation, inputDigest };
  } catch (error) {
    if (error instanceof TooManyLevels) return null;
    throw error;
  }
}

/**
 * Returns the answer of the earlier request with the same key.
 *
 * @throws Conflict when its input was different
 */
export function firstAnswer(
  { clientRequestId, inputDigest }: KeyedRequest,
  earlier: EarlierRequest,
): unknown {
  if (earlier.inputDigest === inputDigest) return earlier.answer;
  throw new Conflict(
    `The clientRequestId "${clientRequestId}" was used before with another input; take a new one.`,
    ['input', 'clientRequestId'],
  );
}
