import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const schema = join(root, 'schema.graphql');
let work: string;
let sample: Sample;
let app: TestApp;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'meltano-graphql-consumers-'));
  sample = await copySample();
  app = await startTestApp({ projects: [sample.project] });
});
afterAll(async () => {
  await app.stop();
  await Promise.all([sample.remove(), rm(work, { recursive: true, force: true })]);
});

test('relay-compiler makes artifacts of queries, fragments, connections, mutations and subscriptions, and the server takes them', async () => {
  const directory = join(work, 'relay');
  await cp(fileURLToPath(new URL('relay', import.meta.url)), join(directory, 'src'), { recursive: true });
  await cp(schema, join(directory, 'schema.graphql'));
  await writeFile(
    join(directory, 'relay.config.json'),
    JSON.stringify({
      src: './src',
      schema: './schema.graphql',
      language: 'typescript',
      eagerEsModules: true,
    }),
  );
  const compiler = join(dirname(require.resolve('relay-compiler/package.json')), 'cli.js');
  await execa('node', [compiler, 'relay.config.json'], { cwd: directory });
  const artifacts = await readdir(join(directory, 'src/__generated__'));
  expect(artifacts.sort()).toEqual([
    'SampleJobRunsQuery.graphql.ts',
    'SampleMoveMutation.graphql.ts',
    'SampleQuery.graphql.ts',
    'SampleRunJobMutation.graphql.ts',
    'SampleUpdatesSubscription.graphql.ts',
    'Sample_job.graphql.ts',
    'Sample_run.graphql.ts',
  ]);

  const { send, query } = app;
  const { project } = await query<{ project: { environment: { job: { id: string } } } }>(
    '{ project(name: "demo") { environment(name: "dev") { job(name: "sales") { id } } } }',
  );
  for (const [name, variables] of [
    ['SampleQuery', { project: 'demo' }],
    ['SampleJobRunsQuery', { id: project.environment.job.id }],
    ['SampleMoveMutation', { to: { environment: 'demo/nowhere' } }],
  ] as const) {
    const artifact = await readFile(join(directory, `src/__generated__/${name}.graphql.ts`), 'utf8');
    const [, text = '""'] = /"text": ("(?:[^"\\]|\\.)*")/.exec(artifact) ?? [];
    const { data, errors } = await send<object>(JSON.parse(text) as string, variables);
    expect({ name, errors }).toEqual({ name, errors: undefined });
    expect(Object.values(data)).not.toContain(null);
  }
});

test('the client preset of GraphQL Code Generator makes types that tsc accepts', async () => {
  const directory = join(work, 'codegen');
  const source = fileURLToPath(new URL('codegen', import.meta.url));
  await cp(join(source, 'operations.graphql'), join(directory, 'operations.graphql'));
  await cp(join(source, 'use.ts.txt'), join(directory, 'use.ts'));
  await generate(
    {
      schema,
      documents: join(directory, 'operations.graphql'),
      silent: true,
      generates: {
        [join(directory, 'generated/')]: {
          preset: 'client',
          config: {
            enumsAsTypes: true,
            useTypeImports: true,
            scalars: { DateTime: 'string', JSON: 'unknown' },
          },
        },
      },
    },
    true,
  );
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'ES2022',
        module: 'ESNext',
        moduleResolution: 'bundler',
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        types: [],
        paths: { '*': [join(root, 'node_modules/*')] },
      },
      files: ['use.ts'],
    }),
  );
  const { stdout, exitCode } = await execa('node', [require.resolve('typescript/bin/tsc'), '-p', directory], {
    reject: false,
  });
  expect(stdout).toBe('');
  expect(exitCode).toBe(0);
});
