import type { GraphQLError } from 'graphql';
import { isObject } from '../../lib/is-object.ts';

/** What a request asks for, with the text of its document where it has one. */
export interface Found {
  params: object;
  /** Why its document is not executed. */
  noDocument?: GraphQLError;
}

/** Finds the document of a request that may name it by an id or a hash in place of its text. */
export type FindDocument = (params: object) => Found;

/** The names by which a request may give the id of a document, beside `extensions.persistedQuery`. */
export const idNames = ['documentId', 'id', 'doc_id'] as const;

/** What Apollo's protocol has of a request: `{ version: 1, sha256Hash }`. */
export function persistedQueryOf(params: object): Record<string, unknown> | null {
  const { extensions } = params as { extensions?: unknown };
  const persistedQuery = isObject(extensions) ? extensions.persistedQuery : undefined;
  return isObject(persistedQuery) ? persistedQuery : null;
}

/** The text of the document that a request gives; null when it gives none. */
export function textOf(params: object): string | null {
  const { query } = params as { query?: unknown };
  return typeof query === 'string' && query !== '' ? query : null;
}

/** What a request asks for with a text in place of all that names it, as if it had come so. */
export function withText(params: object, query: string): object {
  const { extensions, ...others } = withoutIds(params) as { extensions?: object };
  const rest = Object.entries(extensions ?? {}).filter(([name]) => name !== 'persistedQuery');
  return { ...others, query, ...(rest.length === 0 ? {} : { extensions: Object.fromEntries(rest) }) };
}

/** What a request asks for without the ids, which what comes next does not know. */
export function withoutIds(params: object): object {
  const names: readonly string[] = idNames;
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}
