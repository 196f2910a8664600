import { GraphQLError } from 'graphql';

/**
 * The HTTP status of a request that is refused before it is executed: 400 for a caller that accepts GraphQL's
 * own media type. With plain JSON every GraphQL answer has status 200.
 */
export const badRequest = { status: 400, spec: true };

/** The longest message that repeats what a caller has sent, in characters. */
const messageLength = 1000;

/** The error of a request that is over a limit. */
export function limitExceeded(message: string): GraphQLError {
  return new GraphQLError(message.replace('Syntax Error: ', ''), {
    extensions: { code: 'LIMIT_EXCEEDED', http: badRequest },
  });
}

/** The error of variables or arguments that do not fit, from the error of graphql-js. */
export function badUserInput({ message, nodes }: GraphQLError): GraphQLError {
  return new GraphQLError(shortened(withoutSuggestion(message)), {
    nodes: nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: badRequest },
  });
}

// The value comes first in these messages, and the reason last.
function shortened(message: string): string {
  if (message.length <= messageLength) return message;
  return `${message.slice(0, messageLength / 2)}…${message.slice(-messageLength / 2)}`;
}

/** A message of graphql-js without its suggestions of other names. */
export function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^?]*\??/g, '');
}
