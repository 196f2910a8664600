import { GraphQLError } from 'graphql';
import { Refusal } from '../errors.ts';

/**
 * A request whose arguments make no sense, outside mutations: it goes into `errors` with a code,
 * since a query has no result union to put it in.
 */
export class BadRequest extends GraphQLError {
  constructor(message: string, code: 'BAD_ID' | 'BAD_CURSOR' | 'BAD_PAGE' | 'BAD_ARGUMENTS' | 'TOO_MANY') {
    super(message, { extensions: { code } });
  }
}

/** What a look-up gives outside mutations, where there is no result union: a refusal goes into `errors` with its code. */
export async function found<T>(lookUp: Promise<T>): Promise<T> {
  try {
    return await lookUp;
  } catch (error) {
    if (error instanceof Refusal) throw new GraphQLError(error.message, { extensions: { code: error.code } });
    throw error;
  }
}
