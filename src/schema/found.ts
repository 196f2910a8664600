import { GraphQLError } from 'graphql';
import { NotFound, Refusal } from '../errors.ts';

/**
 * Turns a refusal of a look-up into an entry of `errors` with its code, for fields that have no result union.
 */
export async function found<T>(lookUp: Promise<T>): Promise<T> {
  try {
    return await lookUp;
  } catch (error) {
    if (error instanceof Refusal) throw new GraphQLError(error.message, { extensions: { code: error.code } });
    throw error;
  }
}

/** The same for what a subscription comes upon later, such as that its object was deleted. */
export function foundLater<T>(events: AsyncGenerator<T>): AsyncGenerator<T> {
  const next = events.next.bind(events);
  events.next = (...given) => found(next(...given));
  return events;
}

/** What a look-up finds, for a query; null when there is nothing. */
export async function ifFound<T>(lookUp: Promise<T>): Promise<T | null> {
  try {
    return await lookUp;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}
