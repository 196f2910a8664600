import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { MaskError } from 'graphql-yoga';
import type { Log } from '../domain/gateway.ts';
import { whyUnavailable } from '../store/database/why-unavailable.ts';

/** Shows errors that were made for callers. Others are logged under a trace id, and the caller gets only that id. */
export function maskErrors(log: Log): MaskError {
  return (error) => {
    const located = error instanceof GraphQLError ? error : null;
    if (located && (!located.originalError || located.originalError instanceof GraphQLError)) return located;
    return maskError(log, located?.originalError ?? error, located);
  };
}

/**
 * Makes the error that a caller gets for one that was not made for callers. It tells why the gateway cannot do it now;
 * any other error is logged under a trace id, and it tells only that id.
 */
export function maskError(log: Log, cause: unknown, located: GraphQLError | null = null): GraphQLError {
  const reason = whyUnavailable(cause);
  if (reason !== null) return shown(reason, { code: 'UNAVAILABLE' }, located);
  const traceId = randomUUID();
  log.error({ err: cause, traceId, path: located?.path }, 'internal error');
  const message = `Something went wrong inside the gateway. Its log says what, under ${traceId}.`;
  return shown(message, { code: 'INTERNAL_SERVER_ERROR', traceId }, located);
}

/** An error for the caller, at the place where another one happened. */
function shown(message: string, extensions: object, at: GraphQLError | null): GraphQLError {
  return new GraphQLError(message, {
    nodes: at?.nodes ?? null,
    path: at?.path ?? null,
    extensions: { ...extensions },
  });
}
