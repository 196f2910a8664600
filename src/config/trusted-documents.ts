import { readFile } from 'node:fs/promises';
import { isObject } from '../lib/is-object.ts';
import { ConfigError } from './arguments.ts';

/**
 * Reads the documents that may be executed, by their ids. The file is what a client's tools write: an object of texts by
 * id, as GraphQL Code Generator (`persisted-documents.json`) and relay-compiler (`persistConfig`) make it, or a manifest
 * of Apollo (`apollo-persisted-query-manifest`).
 *
 * @throws ConfigError
 */
export async function readTrustedDocuments(file: string): Promise<ReadonlyMap<string, string>> {
  const documents = documentsIn(parsed(await contentOf(file)));
  if (documents === null || documents.length === 0)
    throw new ConfigError(
      `The file ${file} of --trusted-documents has no documents: it is a JSON object with the text of each by its id, or a manifest of Apollo.`,
    );
  return new Map(documents);
}

type Entry = readonly [id: string, text: string];

function documentsIn(content: unknown): Entry[] | null {
  if (!isObject(content)) return null;
  const { format, operations } = content;
  const entries: unknown[][] =
    format === 'apollo-persisted-query-manifest' && Array.isArray(operations)
      ? operations.map((operation) => (isObject(operation) ? [operation.id, operation.body] : []))
      : Object.entries(content);
  const isEntry = (entry: unknown[]): boolean =>
    entry.length === 2 && entry.every((part) => typeof part === 'string' && part !== '');
  return entries.every(isEntry) ? (entries as unknown as Entry[]) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new ConfigError(`The file ${file} of --trusted-documents cannot be read (${code}).`);
  }
}
