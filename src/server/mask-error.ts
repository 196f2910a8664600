import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { MaskError } from 'graphql-yoga';
import type { Log } from '../domain/services.ts';

/**
 * Lets errors pass that were made for callers, and hides all others behind a trace id under which they
 * are logged whole.
 */
export function maskErrors(log: Log): MaskError {
  return (error) => {
    const located = error instanceof GraphQLError ? error : null;
    if (located && (!located.originalError || located.originalError instanceof GraphQLError)) return located;
    const cause = located?.originalError ?? error;
    const traceId = randomUUID();
    log.error({ err: cause, traceId, path: located?.path }, 'internal error');
    return new GraphQLError(`Something went wrong inside the gateway. Its log says what, under ${traceId}.`, {
      nodes: located?.nodes ?? null,
      path: located?.path ?? null,
      extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
    });
  };
}
