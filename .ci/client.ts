// npm run schema also writes src/client/operations.ts: the operations of the command line, with types that are made of
// schema.graphql. With --check it fails when the committed file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { generate } from '@graphql-codegen/cli';
import { parse, print, visit } from 'graphql';
import { format, resolveConfig } from 'prettier';

// The descriptions are in the schema: a better sentence there changes nothing here.
const schema = visit(parse(await readFile('schema.graphql', 'utf8')), {
  enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
});
const target = 'src/client/operations.ts';

const files = (await generate(
  {
    schema: print(schema),
    documents: 'src/client/operations.graphql',
    silent: true,
    generates: {
      'generated/': {
        preset: 'client',
        presetConfig: { fragmentMasking: false },
        config: {
          documentMode: 'string',
          strictScalars: true,
          scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown' },
          enumsAsTypes: true,
          useTypeImports: true,
        },
      },
    },
  },
  false,
)) as { filename: string; content: string }[];
const { content } = files.find(({ filename }) => filename.endsWith('graphql.ts')) ?? { content: '' };
const options = { ...(await resolveConfig(target)), filepath: target };
const written = await format(`// Written by npm run schema.\n${content}`, options);

if (!process.argv.includes('--check')) {
  await writeFile(target, written);
} else if ((await readFile(target, 'utf8').catch(() => '')) !== written) {
  console.error(`${target} is stale: run \`npm run schema\` and commit it.`);
  process.exitCode = 1;
}
