// `npm run schema` writes schema.graphql. `--check` fails when the committed file is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { schemaText } from './index.ts';

const file = new URL('../../schema.graphql', import.meta.url);
const printed = schemaText();

if (!process.argv.includes('--check')) {
  await writeFile(file, printed);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== printed) {
  console.error('schema.graphql is stale: run `npm run schema` and commit it.');
  process.exitCode = 1;
}
