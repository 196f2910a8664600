// npm run schema:changes: what schema.graphql changes for clients of the last release, whose schema is
// .ci/released.graphql. Fails on a change that breaks them, unless that release announced it: what it has marked
// @deprecated may go. Two other files can be named as arguments.
import { readFile } from 'node:fs/promises';
import { CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const [
  released = new URL('released.graphql', import.meta.url),
  present = new URL('../schema.graphql', import.meta.url),
] = process.argv.slice(2);
const schemaIn = async (file: string | URL) => buildSchema(await readFile(file, 'utf8'));

const changes = await diff(await schemaIn(released), await schemaIn(present), [
  DiffRule.suppressRemovalOfDeprecatedField,
]);
const breaks = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
for (const { message, path } of breaks) console.error(`Breaks clients: ${message} (${path ?? 'schema'})`);
console.log(`${changes.length} changes since the last release, ${breaks.length} of them break clients.`);
if (breaks.length > 0) process.exitCode = 1;
