import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../schema/context.ts';

/**
 * Adds the former paths that the request has used to the answer, in `extensions.movedPaths`. Without such
 * paths the answer stays unchanged.
 */
export function withMovedPaths(result: ExecutionResult, { movedPaths }: Context): ExecutionResult {
  if (movedPaths.size === 0) return result;
  return { ...result, extensions: { ...result.extensions, movedPaths: [...movedPaths.values()] } };
}

/** Does this for the answers that Yoga makes. */
export const movedPathsPlugin: Plugin<Context> = {
  onExecute: () => ({
    onExecuteDone: ({ args, result, setResult }) => {
      if (!isAsyncIterable(result)) setResult(withMovedPaths(result, args.contextValue));
    },
  }),
};
