import { createHash } from 'node:crypto';
import { Conflict, type InputCheck } from '../errors.ts';
import type { EarlierRequest, KeyedRequest } from '../store/client-request.ts';
import { isStorable } from '../runner/storable.ts';

/** Whether a key is one that can be used. */
export function isRequestId(id: string): boolean {
  return id !== '' && id.length <= 200 && isStorable(id);
}

/** Notes a key that breaks the rules. */
export function checkRequestId(check: InputCheck, id: string | null | undefined): void {
  if (id == null || isRequestId(id)) return;
  check.add(
    'clientRequestId',
    'BAD_REQUEST_ID',
    'A clientRequestId has 1 to 200 characters, and no NUL among them.',
  );
}

/** @param payload what makes the request another one, in the order that the schema has its fields in */
export function keyedRequest(clientRequestId: string, mutation: string, payload: object): KeyedRequest {
  const inputDigest = createHash('sha256')
    .update(JSON.stringify({ mutation, ...payload }))
    .digest('hex');
  return { clientRequestId, mutation, inputDigest };
}

/** What an earlier request with the same key was answered with. @throws Conflict when it was another request */
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
