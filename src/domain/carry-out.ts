import { InputCheck, Validated } from '../errors.ts';
import type { Statements, Store } from '../store/index.ts';
import { changesSince, watch, type MovedSubject } from './changes.ts';
import { checkRequestId, firstAnswer, keyedRequest } from './client-request.ts';
import { checkIfMatch } from './etag.ts';
import type { Services } from './services.ts';
import type { Subject } from './subject.ts';

/** What callers can ask of every mutation, beside what it does. */
export interface Rules {
  /** A key by which the same request, sent again, is told from another one. */
  clientRequestId?: string | null | undefined;
  /** Check everything, and change nothing. */
  validateOnly?: boolean | null | undefined;
  /** The etag that the object to change must still have. */
  ifMatch?: string | null | undefined;
}

/** A mutation, and how it is done. */
export interface Mutation<Input, Answer> {
  name: string;
  /** Does it. All that it changes, it changes by the store that it is handed. Its answer can be JSON. */
  verb: (services: Services, input: Input) => Promise<Answer>;
  /** Finds what it is to change, for `ifMatch`; null when that is not there yet. */
  subject?: (db: Statements, input: Input) => Promise<Subject | null>;
  /** Finds what it moves. With it, `validateOnly` lists what would change. */
  moves?: (db: Statements, input: Input) => Promise<MovedSubject>;
}

/**
 * Carries out a mutation by the rules that hold for all of them. A repeated request gets the first answer: the
 * row of its key is written in the transaction of the change, and who comes second waits for it. `validateOnly`
 * does everything and takes it back, so that no check can differ from the real one.
 *
 * @throws Validated when nothing was to be changed; InvalidInput, Conflict, and what the verb throws
 */
export async function carryOut<Input extends Rules, Answer>(
  services: Services,
  { name, verb, subject, moves }: Mutation<Input, Answer>,
  input: Input,
): Promise<Answer> {
  const { clientRequestId, validateOnly, ...payload } = input;
  const check = new InputCheck();
  checkRequestId(check, clientRequestId);
  check.done();
  const key = clientRequestId == null ? null : keyedRequest(clientRequestId, name, payload);
  const isPlain = key === null && validateOnly !== true && input.ifMatch == null;
  if (isPlain) return verb(services, input);
  return services.store.transaction(async (tx) => {
    const earlier = key && (await tx.takeClientRequest(key));
    if (key && earlier) {
      const answer = firstAnswer(key, earlier) as Answer;
      if (validateOnly === true) throw new Validated(moves ? { changes: [], pathCount: 0 } : null);
      return answer;
    }
    if (input.ifMatch != null && subject) await checkIfMatch(tx, await subject(tx, input), input.ifMatch);
    const watched = validateOnly === true && moves ? await watch(tx, () => moves(tx, input)) : null;
    const answer = await verb({ ...services, store: within(services.store, tx) }, input);
    if (validateOnly === true) throw new Validated(watched && (await changesSince(tx, watched)));
    if (key) await tx.answerClientRequest(key.clientRequestId, answer);
    return answer;
  });
}

/** The store as it is for a verb whose changes belong to a transaction that has begun already. */
export function within(store: Store, tx: Statements): Store {
  return Object.assign(Object.create(store) as Store, tx, {
    transaction: <T>(work: (tx: Statements) => Promise<T>) => work(tx),
  });
}
