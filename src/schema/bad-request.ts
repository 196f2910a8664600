import { GraphQLError } from 'graphql';

/**
 * A request whose arguments make no sense, outside mutations: it goes into `errors` with a code,
 * since a query has no result union to put it in.
 */
export class BadRequest extends GraphQLError {
  constructor(message: string, code: 'BAD_ID' | 'BAD_CURSOR' | 'BAD_PAGE' | 'BAD_ARGUMENTS' | 'TOO_MANY') {
    super(message, { extensions: { code } });
  }
}
