import { GraphQLError } from 'graphql';
import { Refusal } from '../errors.ts';

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
