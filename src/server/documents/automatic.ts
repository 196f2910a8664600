import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { recent } from '../../lib/serving/recent.ts';
import { badRequest } from '../request-errors.ts';
import { persistedQueryOf, textOf, withText, type FindDocument } from './find-document.ts';

/** The most characters of all texts that are kept. A character has two bytes at most. */
const maxCharacters = 1_000_000;

/**
 * Automatic persisted queries, as Apollo has defined them: a client sends the hash of a document in place of its text,
 * and when the gateway does not know it, both. Each process keeps the texts that it was given last; a text that has left
 * is asked for again. What the texts may ask for is not decided here: each passes all limits, each time.
 */
export function automaticDocuments(limit = maxCharacters): FindDocument {
  const texts = recent<string>(limit, (_hash, text) => text.length);
  return (params) => {
    const given = persistedQueryOf(params);
    if (given === null) return { params };
    const text = textOf(params);
    const { version, sha256Hash } = given;
    if (version !== 1 || typeof sha256Hash !== 'string') {
      // Such clients go on with texts alone.
      return text === null ? { params, noDocument: notSupported() } : { params: withText(params, text) };
    }
    if (text === null) {
      const known = texts.get(sha256Hash);
      return known === undefined ? { params, noDocument: notFound() } : { params: withText(params, known) };
    }
    if (hash('sha256', text, 'hex') !== sha256Hash) return { params, noDocument: mismatch() };
    texts.set(sha256Hash, text);
    return { params: withText(params, text) };
  };
}

// Clients look for these messages or these codes. They take a status that is not 200 for a failure of the network.
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
  });
}

function notSupported(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 200 } },
  });
}

function mismatch(): GraphQLError {
  return new GraphQLError('The hash in extensions.persistedQuery is not the SHA-256 of the query.', {
    extensions: { code: 'PERSISTED_QUERY_MISMATCH', http: badRequest },
  });
}
