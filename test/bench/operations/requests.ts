import { gateway, postgraphile } from './dialects.ts';
import { documents, uniqueName, type DocumentName } from './documents.ts';

/** The servers that are compared, in the order of the table. */
export const serverNames = ['gateway', 'postgraphile', 'plainSql'] as const;
export type ServerName = (typeof serverNames)[number];

/** A row by its type and UUID, or a position in a list by the UUID of the run there, or a plain value. */
export type Value = { node: string; id: string } | { position: string } | string;

/** One call of an operation. */
export interface Call {
  document: DocumentName;
  variables: Record<string, Value>;
}

/** An HTTP request, always a POST. */
export interface Request {
  path: string;
  body: string;
}

const texts = { gateway: documents(gateway), postgraphile: documents(postgraphile) };

/**
 * How calls are put as requests.
 *
 * @param orderDigest what PostGraphile's cursors begin with in lists of runs, the newest first
 */
export function requests(orderDigest: string): (server: ServerName, call: Call) => Request {
  return (server, { document, variables }) => {
    const values = Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : encodings[server](value, orderDigest),
    ]);
    const object = Object.fromEntries(values) as Record<string, string>;
    return server === 'plainSql'
      ? { path: `/${document}`, body: JSON.stringify([...Object.values(object), ...namesIn(document)]) }
      : { path: '/graphql', body: JSON.stringify({ query: texts[server][document], variables: object }) };
  };
}

/** What the statement for a document takes beside the variables: the name in the answer that changes. */
const namesIn = (document: DocumentName): string[] =>
  texts.gateway[document].includes(uniqueName) ? [uniqueName] : [];

type Encode = (value: Exclude<Value, string>, orderDigest: string) => string;

const encodings: Record<ServerName, Encode> = {
  gateway: (value) =>
    'node' in value
      ? Buffer.from(`${value.node}:${value.id}`).toString('base64url')
      : Buffer.from(JSON.stringify({ id: value.position })).toString('base64url'),
  postgraphile: (value, orderDigest) =>
    Buffer.from(
      JSON.stringify('node' in value ? [value.node, value.id] : [orderDigest, value.position]),
    ).toString('base64'),
  plainSql: (value) => ('node' in value ? value.id : value.position),
};
