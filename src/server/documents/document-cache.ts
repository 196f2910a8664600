import type { DocumentNode } from 'graphql';
import { recent, type Recent } from '../../lib/serving/recent.ts';

/**
 * The most characters of all documents that are kept. A parsed document can take 250 bytes for each of its
 * characters, and its compiled form as much again.
 */
const maxCharacters = 500_000;

/** The parsed documents of recent requests by their text. */
export type DocumentCache = Recent<DocumentNode>;

/** Keeps parsed documents. */
export function documentCache(limit = maxCharacters): DocumentCache {
  return recent(limit, (text) => text.length);
}
