import { blockFieldSuggestionsPlugin } from '@escape.tech/graphql-armor-block-field-suggestions';
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, type GraphQLObjectType } from 'graphql';
import { createComplexityRule, type ComplexityEstimatorArgs } from 'graphql-query-complexity';
import type { Plugin } from 'graphql-yoga';
import { defaultPageSize } from '../schema/connection.ts';

/** What one request may ask for. */
export const limits = {
  /** Fields within fields. */
  depth: 24,
  /** Renamed fields. */
  aliases: 50,
  /** Words and signs of the document. */
  tokens: 4000,
  /** Objects that the answer could hold, by the sizes of the pages that are asked for. */
  nodes: 500_000,
} as const;

/** Plugins that refuse requests over the limits, with a code and a message that says which. */
export function limitPlugins(): Plugin[] {
  const onReject = [
    (_context: unknown, error: Error) => {
      throw new GraphQLError(error.message, { extensions: { code: 'LIMIT_EXCEEDED' } });
    },
  ];
  const options = { exposeLimits: true, propagateOnRejection: false, onReject };
  return [
    maxTokensPlugin({ n: limits.tokens, ...options }),
    maxDepthPlugin({ n: limits.depth, ...options }),
    maxAliasesPlugin({ n: limits.aliases, ...options }),
    blockFieldSuggestionsPlugin(),
    maxNodesPlugin,
  ];
}

const maxNodesPlugin: Plugin = {
  onValidate({ addValidationRule, context }) {
    const { variables } = (context as { params?: { variables?: Record<string, unknown> } }).params ?? {};
    addValidationRule(
      createComplexityRule({
        maximumComplexity: limits.nodes,
        variables: variables ?? {},
        estimators: [countNodes],
        createError: (max, actual) =>
          new GraphQLError(
            `The answer could hold ${actual} objects; ${max} are allowed. Ask for smaller pages.`,
            {
              extensions: { code: 'LIMIT_EXCEEDED' },
            },
          ),
      }),
    );
  },
};

// An object counts one, and a connection as many times what is asked of each row as its page has rows.
function countNodes({ type, field, args, childComplexity }: ComplexityEstimatorArgs): number {
  const isConnection = /Connection!?$/.test(String(field.type));
  if (isConnection) {
    const { first, last } = args as { first?: number | null; last?: number | null };
    return Math.max(first ?? last ?? defaultPageSize, 1) * Math.max(childComplexity, 1);
  }
  const isRow = field.name === 'node' && (type as GraphQLObjectType).name.endsWith('Edge');
  return childComplexity + (isRow || field.name === 'nodes' ? 1 : 0);
}
