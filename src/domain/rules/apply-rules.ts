import { InputCheck, Validated } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { changesSince, snapshot, type MoveTarget } from './changes.ts';
import { checkRequestId, firstAnswer, keyedRequest } from './request-key.ts';
import { checkIfMatch } from './etag.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import type { MutationTarget } from './mutation-target.ts';

/** Options of every mutation. */
export interface Rules {
  /** A key that tells a repeated request from a new one. */
  clientRequestId?: string | null | undefined;
  /** Check everything, but change nothing. No caller gives it: `validate` adds it to the input of a mutation. */
  validateOnly?: boolean | undefined;
  /** The etag that the object must still have. */
  ifMatch?: string | null | undefined;
}

/** A mutation, and how to do it. */
export interface Mutation<Input, Answer> {
  name: string;
  /** Makes the change, only through the gateway that it is given. The answer can be written as JSON. */
  verb: (gateway: Gateway, input: Input) => Promise<Answer>;
  /** Finds the object to change, for `ifMatch`; null when it does not exist yet. */
  target?: (db: Statements, input: Input) => Promise<MutationTarget | null>;
  /** Finds the object to move. If given, `validate` lists what would change. */
  moves?: (db: Statements, input: Input) => Promise<MoveTarget>;
}

/**
 * Does a mutation by the rules of all mutations. A repeated request gets the first answer: its key is stored
 * in the transaction of the change, and a second request waits for that transaction. `validateOnly` makes the
 * change and rolls it back, so that its checks are the real ones.
 *
 * @throws Validated when the request was only to be checked; InvalidInput, Conflict, and what the verb throws
 */
export async function applyRules<Input extends Rules, Answer>(
  gateway: Gateway,
  { name, verb, target: subject, moves }: Mutation<Input, Answer>,
  input: Input,
): Promise<Answer> {
  const { validateOnly } = input;
  const check = new InputCheck();
  checkRequestId(check, input.clientRequestId);
  check.done();
  const key = await keyedRequest(name, input);
  const isPlain = key === null && validateOnly !== true && input.ifMatch == null;
  if (isPlain) return verb(gateway, input);
  return gateway.transaction(async (tx) => {
    const earlier = key && (await tx.requestKeys.take(key));
    if (key && earlier) {
      const answer = firstAnswer(key, earlier) as Answer;
      if (validateOnly === true) throw new Validated(moves ? { changes: [], pathCount: 0 } : null);
      return answer;
    }
    if (input.ifMatch != null && subject) await checkIfMatch(tx, await subject(tx, input), input.ifMatch);
    const before = validateOnly === true && moves ? await snapshot(tx, () => moves(tx, input)) : null;
    const answer = await verb(inTransaction(gateway, tx), input);
    if (validateOnly === true) throw new Validated(before && (await changesSince(tx, before)));
    if (key) await tx.requestKeys.answer(key.clientRequestId, answer);
    return answer;
  });
}
