import { GraphQLError } from 'graphql';

/**
 * A query or subscription with arguments that make no sense. It goes into `errors` with a code, because a
 * query has no result union.
 */
export class BadRequest extends GraphQLError {
  constructor(
    message: string,
    code: 'BAD_ID' | 'BAD_CURSOR' | 'BAD_PAGE' | 'BAD_ARGUMENTS' | 'NOT_FOUND' | 'TOO_MANY',
  ) {
    super(message, { extensions: { code } });
  }
}
