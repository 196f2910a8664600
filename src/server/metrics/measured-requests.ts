import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { getOperationAST, type ExecutionArgs } from 'graphql';
import { measure, secondsSince, type OperationKind, type RequestOutcome } from '../../metrics/measures.ts';
import type { Context } from '../../schema/context.ts';
import type { ReadRequest } from '../http/front.ts';
import type { YogaContext } from '../yoga-answers.ts';

/** What is measured of an operation. */
export interface Measured {
  kind: OperationKind;
  outcome: RequestOutcome;
}

/** Begins to measure an operation. @returns what ends it, once its answer was sent */
export function measureRequest(request: Pick<ReadRequest, 'measured'>): () => void {
  const start = performance.now();
  return () => {
    // Nothing is known of a document that is not valid.
    const { kind, outcome } = request.measured ?? { kind: 'none', outcome: 'error' };
    measure('request', { kind, outcome, seconds: secondsSince(start) });
    if (kind === 'subscription' && outcome === 'success') measure('subscription', { change: -1 });
  };
}

/** Notes what Yoga executes, and how it ended. */
export const measuringPlugin: Plugin<YogaContext, YogaContext> = {
  onExecute: ({ args }) => {
    const { req } = args.contextValue as YogaContext;
    req.measured = { kind: kindOf(args), outcome: 'success' };
    return {
      onExecuteDone: () => {
        if ((args.contextValue as unknown as Context).isRefused) note(req, 'refused');
      },
    };
  },
  onSubscribe: ({ args }) => {
    const { req } = args.contextValue as YogaContext;
    req.measured = { kind: 'subscription', outcome: 'error' };
    return {
      onSubscribeResult: ({ result }) => {
        if (!isAsyncIterable(result)) return;
        note(req, 'success');
        measure('subscription', { change: 1 });
      },
    };
  },
  onResultProcess: ({ result, serverContext: { req } }) => {
    if (!isAsyncIterable(result) && !Array.isArray(result) && result.errors) note(req, 'error');
  },
};

function note({ measured }: ReadRequest, outcome: RequestOutcome): void {
  if (measured) measured.outcome = outcome;
}

function kindOf({ document, operationName }: ExecutionArgs): OperationKind {
  return getOperationAST(document, operationName)?.operation ?? 'none';
}
