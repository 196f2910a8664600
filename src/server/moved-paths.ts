import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../schema/context.ts';

/** An answer that says which former paths its request has used: in `extensions.movedPaths`, when there are any. */
export function withMovedPaths(result: ExecutionResult, { movedPaths }: Context): ExecutionResult {
  if (movedPaths.size === 0) return result;
  return { ...result, extensions: { ...result.extensions, movedPaths: [...movedPaths.values()] } };
}

/** Adds them to the answers that Yoga makes. */
export const movedPathsPlugin: Plugin<Context> = {
  onExecute: () => ({
    onExecuteDone: ({ args, result, setResult }) => {
      if (!isAsyncIterable(result)) setResult(withMovedPaths(result, args.contextValue));
    },
  }),
};
