import type { DocumentNode } from 'graphql';

/**
 * The most characters of all documents that are kept. A parsed document can take 250 bytes for each of its
 * characters, and its compiled form as much again.
 */
const maxCharacters = 500_000;

/** The documents of recent requests by their text. What was not asked for the longest leaves first. */
export interface DocumentCache {
  get: (text: string) => DocumentNode | undefined;
  set: (text: string, document: DocumentNode) => void;
}

/** Keeps parsed documents. Their number alone would not bound the memory: one may be as long as a body. */
export function documentCache(limit = maxCharacters): DocumentCache {
  const documents = new Map<string, DocumentNode>();
  let characters = 0;
  return {
    get: (text) => {
      const document = documents.get(text);
      if (!document) return undefined;
      // The order of a map is that in which its keys were added.
      documents.delete(text);
      documents.set(text, document);
      return document;
    },
    set: (text, document) => {
      if (text.length > limit || documents.has(text)) return;
      documents.set(text, document);
      characters += text.length;
      for (const oldest of documents.keys()) {
        if (characters <= limit) break;
        documents.delete(oldest);
        characters -= oldest.length;
      }
    },
  };
}
