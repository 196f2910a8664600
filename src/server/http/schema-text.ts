import type { IncomingMessage, ServerResponse } from 'node:http';
import { schemaText } from '../../schema/index.ts';
import { etagOf, isKnown } from './etags.ts';

/** Where the text of the schema is. */
export const schemaPath = '/schema.graphql';

let printed: { text: Buffer; etag: string } | null = null;

/** Sends `schema.graphql`, which says more than introspection: that knows no directives. */
export function sendSchema({ headers }: IncomingMessage, response: ServerResponse): void {
  printed ??= print();
  const { text, etag } = printed;
  response.setHeader('etag', etag);
  // It may be kept, and used again after asking whether it is still the same.
  response.setHeader('cache-control', 'private, no-cache');
  if (isKnown(headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length });
  response.end(text);
}

function print(): { text: Buffer; etag: string } {
  const text = Buffer.from(schemaText());
  return { text, etag: etagOf(text) };
}
