import { GraphQLError } from 'graphql';
import { badRequest } from '../request-errors.ts';
import {
  idNames,
  persistedQueryOf,
  textOf,
  withoutIds,
  withText,
  type FindDocument,
} from './find-document.ts';

/**
 * Lets only documents of a list be executed. A request names one by its id, or sends its text as the list has it; when it
 * does both, they must be of the same one.
 */
export function trustedDocuments(documents: ReadonlyMap<string, string>): FindDocument {
  const texts = new Set(documents.values());
  const byId = (id: unknown): string | null =>
    typeof id === 'string' ? (documents.get(id) ?? documents.get(id.replace(/^sha256:/, '')) ?? null) : null;
  return (params) => {
    const { documentId, id, doc_id } = params as Partial<Record<(typeof idNames)[number], unknown>>;
    const ids = [documentId, id, doc_id, persistedQueryOf(params)?.sha256Hash].filter((one) => one != null);
    const text = textOf(params);
    const named = [...ids.map(byId), ...(text === null ? [] : [texts.has(text) ? text : null])];
    const [found = null, ...others] = named;
    if (found !== null && others.every((other) => other === found))
      return { params: withText(params, found) };
    return { params: withoutIds(params), noDocument: notTrusted() };
  };
}

function notTrusted(): GraphQLError {
  return new GraphQLError(
    'This gateway executes only the documents on its list of trusted ones. Send the id of one as documentId, as id, or as extensions.persistedQuery.sha256Hash.',
    { extensions: { code: 'UNTRUSTED_DOCUMENT', http: badRequest } },
  );
}
