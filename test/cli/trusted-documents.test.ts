import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/arguments.ts';
import { readTrustedDocuments } from '../../src/config/trusted-documents.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-documents-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function read(content: string): Promise<ReadonlyMap<string, string>> {
  const file = join(directory, 'documents.json');
  await writeFile(file, content);
  return readTrustedDocuments(file);
}

const documents = new Map([
  ['f00', '{ __typename }'],
  ['ba7', 'query Name { project(ref: "demo") { name } }'],
]);

test.each([
  ['GraphQL Code Generator and relay-compiler', Object.fromEntries(documents)],
  [
    'Apollo',
    {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [...documents].map(([id, body]) => ({ id, body, name: 'Name', type: 'query' })),
    },
  ],
])('documents are read as %s write them', async (_who, content) => {
  expect(await read(JSON.stringify(content))).toEqual(documents);
});

test.each([
  'no JSON',
  '[]',
  '"text"',
  'null',
  '{}',
  '{ "f00": 1 }',
  '{ "f00": "" }',
  '{ "f00": "{ __typename }", "ba7": null }',
  '{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [] }',
  '{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id": "f00" }] }',
  '{ "format": "another", "version": 1, "operations": [] }',
])('a file with %s has none', async (content) => {
  await expect(read(content)).rejects.toThrow(ConfigError);
  await expect(read(content)).rejects.toThrow(/documents\.json of --trusted-documents has no documents/);
});

test('a file that is not there is named', async () => {
  const file = join(directory, 'nosuch.json');
  await expect(readTrustedDocuments(file)).rejects.toThrow(
    `The file ${file} of --trusted-documents cannot be read (ENOENT).`,
  );
});
