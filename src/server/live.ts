import {
  createSourceEventStream,
  execute,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Context } from '../schema/context.ts';
import type { YogaContext } from './yoga-answers.ts';

/** What one event becomes for all who follow the same by the same document. */
interface Shown {
  /** Null when it is not sent, because another event says more. */
  result: ExecutionResult | null;
  /** The id that a stream of events gives it. */
  id: string | null;
}

/**
 * Executes subscriptions. Where several clients get the same event, which is then the same object, and select the same
 * with the same variables, it is executed once for all of them: all callers may read the same. Each event has a context
 * of its own, so nothing that was read for one is shown in a later one.
 */
export function livePlugin(createContext: (ids: YogaContext['ids']) => Context): Plugin<YogaContext> {
  const show = async (args: ExecutionArgs, event: unknown): Promise<Shown> => {
    const ids: YogaContext['ids'] = { last: null, next: null };
    const contextValue = createContext(ids);
    const result = await execute({ ...args, rootValue: event, contextValue });
    return { result: contextValue.isOvertaken ? null : result, id: ids.next };
  };
  return {
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const source = await createSourceEventStream(args);
        if (!isAsyncIterable(source)) return source;
        const { ids } = args.contextValue as YogaContext;
        const variables = JSON.stringify([args.operationName, args.variableValues]);
        return mapped(source[Symbol.asyncIterator](), async (event) => {
          const shown = await shared(event, args.document, variables, () => show(args, event));
          ids.next = shown.id;
          return shown.result;
        });
      });
    },
  };
}

/** What events became, by the document and its variables. It is forgotten with the event. */
const shownEvents = new WeakMap<object, Map<DocumentNode, Map<string, Promise<Shown>>>>();

function shared(
  event: unknown,
  document: DocumentNode,
  variables: string,
  show: () => Promise<Shown>,
): Promise<Shown> {
  if (typeof event !== 'object' || event === null) return show();
  const ofEvent = shownEvents.get(event) ?? new Map<DocumentNode, Map<string, Promise<Shown>>>();
  shownEvents.set(event, ofEvent);
  const ofDocument = ofEvent.get(document) ?? new Map<string, Promise<Shown>>();
  ofEvent.set(document, ofDocument);
  const shown = ofDocument.get(variables) ?? show();
  ofDocument.set(variables, shown);
  return shown;
}

/** The results of events. To return ends the wait for the next one. */
function mapped(
  source: AsyncIterator<unknown>,
  show: (event: unknown) => Promise<ExecutionResult | null>,
): AsyncIterableIterator<ExecutionResult> {
  const ended = { done: true, value: undefined } as const;
  return {
    next: async () => {
      for (;;) {
        const next = await source.next();
        if (next.done === true) return ended;
        const value = await show(next.value);
        if (value !== null) return { done: false, value };
      }
    },
    return: async () => {
      await source.return?.();
      return ended;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
