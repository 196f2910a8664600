import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { getOperationAST, type ExecutionArgs } from 'graphql';
import { measure, secondsSince, type OperationKind, type RequestOutcome } from '../../metrics/measures.ts';
import type { Tracing } from '../../tracing/tracing.ts';
import type { Context } from '../../schema/context.ts';
import type { ReadRequest } from '../http/front.ts';
import type { YogaContext } from '../yoga-answers.ts';

/** What is measured of an operation. */
export interface Measured {
  kind: OperationKind;
  outcome: RequestOutcome;
  /** The name of the operation; null when it has none. */
  name: string | null;
}

/** An operation that is measured, and traced if anything is. */
export interface MeasuredRequest {
  /** Does something within it. */
  within: <T>(work: () => T) => T;
  /** Ends it, once its answer was sent. */
  end: () => void;
}

/** Begins to measure an operation. */
export function measureRequest(
  request: Pick<ReadRequest, 'measured' | 'headers'>,
  tracing: Tracing | null,
): MeasuredRequest {
  const start = performance.now();
  const span = tracing?.request(request.headers);
  const end = (): void => {
    // Nothing is known of a document that is not valid.
    const done: Measured = request.measured ?? { kind: 'none', outcome: 'error', name: null };
    const { kind, outcome } = done;
    span?.end(done);
    measure('request', { kind, outcome, seconds: secondsSince(start) });
    if (kind === 'subscription' && outcome === 'success') measure('subscription', { change: -1 });
  };
  return { within: (work) => (span ? span.within(work) : work()), end };
}

/** Notes what Yoga executes, and how it ended. */
export const measuringPlugin: Plugin<YogaContext, YogaContext> = {
  onExecute: ({ args }) => {
    const { req } = args.contextValue as YogaContext;
    req.measured = { ...operationOf(args), outcome: 'success' };
    return {
      onExecuteDone: () => {
        if ((args.contextValue as unknown as Context).isRefused) note(req, 'refused');
      },
    };
  },
  onSubscribe: ({ args }) => {
    const { req } = args.contextValue as YogaContext;
    req.measured = { ...operationOf(args), outcome: 'error' };
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

function operationOf({ document, operationName }: ExecutionArgs): Pick<Measured, 'kind' | 'name'> {
  const operation = getOperationAST(document, operationName);
  return { kind: operation?.operation ?? 'none', name: operation?.name?.value ?? null };
}
