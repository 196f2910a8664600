import {
  NoDeprecatedCustomRule,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Log } from '../domain/gateway.ts';

/** How often the log tells of one deprecated thing, in milliseconds. */
const everyMs = 60_000;

/** Notes that a document is executed. */
export type NoteUse = (document: DocumentNode) => void;

/**
 * Counts in the log how often documents are executed that use what is deprecated: so it is known whether it can be
 * removed.
 */
export function deprecatedUse(schema: GraphQLSchema, log: Log, now = () => performance.now()): NoteUse {
  const found = new WeakMap<DocumentNode, readonly string[]>();
  const counts = new Map<string, { uses: number; saidAt: number }>();
  return (document) => {
    let deprecated = found.get(document);
    if (deprecated === undefined) {
      const uses = validate(schema, document, [NoDeprecatedCustomRule]).map(({ message }) => message);
      found.set(document, (deprecated = [...new Set(uses)]));
    }
    for (const message of deprecated) {
      const count = counts.get(message) ?? { uses: 0, saidAt: -Infinity };
      counts.set(message, count);
      count.uses += 1;
      if (now() - count.saidAt < everyMs) continue;
      count.saidAt = now();
      log.warn({ uses: count.uses }, `a client uses what is deprecated: ${message}`);
    }
  };
}

/** Notes what Yoga executes. */
export function deprecatedUsePlugin(note: NoteUse): Plugin {
  return {
    onExecute: ({ args }) => note((args as ExecutionArgs).document),
    onSubscribe: ({ args }) => note((args as ExecutionArgs).document),
  };
}
