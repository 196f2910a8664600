import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../schema/context.ts';
import { whyUnavailable } from '../store/database/why-unavailable.ts';
import type { YogaContext } from './yoga-answers.ts';

/** Says when to ask again for what cannot be done now, in seconds. */
export const retryHeaders = { 'retry-after': '5' } as const;

/**
 * Tells callers, beside the code `UNAVAILABLE`, by HTTP that they may ask again. A query of which nothing could be read
 * gets an answer without data, which may have the status 503 where the media type is GraphQL's own.
 */
export const unavailablePlugin: Plugin<YogaContext & Context> = {
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      if (isAsyncIterable(result)) return;
      const { isUnavailable, res } = args.contextValue as YogaContext & Context;
      if (isUnavailable) res.setHeader('retry-after', retryHeaders['retry-after']);
      const { document, operationName } = args as ExecutionArgs;
      const operation = getOperationAST(document, operationName)?.operation;
      // A mutation may have been done although its answer could not be read.
      const refusal = operation === OperationTypeNode.QUERY ? whyNothing(result) : null;
      if (refusal) setResult({ errors: [refusal] });
    },
  }),
};

/** Why an answer has nothing, when that is because the database cannot do it now; null for any other answer. */
export function whyNothing({ data, errors }: ExecutionResult): GraphQLError | null {
  if (Object.values(data ?? {}).some((value) => value !== null)) return null;
  const reasons = errors?.map(({ originalError }) => whyUnavailable(originalError)) ?? [];
  const reason = reasons.find((one) => one !== null);
  return reason === undefined
    ? null
    : new GraphQLError(reason, {
        extensions: { code: 'UNAVAILABLE', http: { status: 503, spec: true, headers: retryHeaders } },
      });
}
