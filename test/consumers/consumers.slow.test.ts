import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import { execa } from 'execa';
import type { ConcreteRequest } from 'relay-runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTrustedDocuments } from '../../src/config/trusted-documents.ts';
import { config as codegenConfig } from './codegen/config.ts';
import { relayEnvironment } from './relay/environment.ts';
import { relay } from './relay/tour.ts';
import { startScene, type Scene } from './scene.ts';
import { authorizationOf } from './tour.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const schema = join(root, 'schema.graphql');
let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'meltano-graphql-consumers-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const ownPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Sends the id of a document, as clients of trusted documents do. */
async function sendId(
  scene: Scene,
  documentId: string,
  variables: object,
): Promise<{ data: object; errors?: unknown }> {
  const response = await fetch(scene.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorizationOf(scene) },
    body: JSON.stringify({ documentId, variables }),
  });
  return (await response.json()) as never;
}

/** The id of a document by the name of its operation. */
function idOf(documents: ReadonlyMap<string, string>, name: string): string {
  const found = [...documents].find(([, text]) => text.includes(` ${name}(`));
  return found?.[0] ?? '';
}

test('relay-compiler makes artifacts and trusted documents, with which Relay pages, updates its store and follows a run', async () => {
  const directory = join(work, 'relay');
  await cp(ownPath('relay/Sample.ts'), join(directory, 'src/Sample.ts'));
  await cp(schema, join(directory, 'schema.graphql'));
  await writeFile(join(directory, 'persisted.json'), '{}');
  await writeFile(
    join(directory, 'relay.config.json'),
    JSON.stringify({
      src: './src',
      schema: './schema.graphql',
      language: 'typescript',
      eagerEsModules: true,
      persistConfig: { file: './persisted.json', algorithm: 'SHA256' },
    }),
  );
  const compiler = join(dirname(require.resolve('relay-compiler/package.json')), 'cli.js');
  await execa('node', [compiler, 'relay.config.json'], { cwd: directory });
  const artifacts = await readdir(join(directory, 'src/__generated__'));
  expect(artifacts.sort()).toEqual([
    'SampleCancelRunMutation.graphql.ts',
    'SampleJobRunsQuery.graphql.ts',
    'SampleMoveMutation.graphql.ts',
    'SampleQuery.graphql.ts',
    'SampleRunJobMutation.graphql.ts',
    'SampleUpdatesSubscription.graphql.ts',
    'Sample_job.graphql.ts',
    'Sample_run.graphql.ts',
  ]);

  const documents = await readTrustedDocuments(join(directory, 'persisted.json'));
  const scene = await startScene(documents);
  try {
    for (const [name, variables] of [
      ['SampleQuery', { project: 'demo' }],
      ['SampleJobRunsQuery', { id: scene.job }],
      ['SampleMoveMutation', { to: { environment: 'demo/nowhere' } }],
    ] as const) {
      const { data, errors } = await sendId(scene, idOf(documents, name), variables);
      expect({ name, errors }).toEqual({ name, errors: undefined });
      expect(Object.values(data)).not.toContain(null);
    }

    const artifact = async (name: string): Promise<ConcreteRequest> => {
      const file = join(directory, `src/__generated__/Sample${name}.graphql.ts`);
      return ((await import(/* @vite-ignore */ file)) as { default: ConcreteRequest }).default;
    };
    const { environment, close } = relayEnvironment(scene);
    const seen = await relay(
      environment,
      {
        page: await artifact('JobRunsQuery'),
        runJob: await artifact('RunJobMutation'),
        cancelRun: await artifact('CancelRunMutation'),
        updates: await artifact('UpdatesSubscription'),
      },
      scene.job,
    );
    await close();
    const failed = (count: number): string[] => Array.from({ length: count }, () => 'FAILED');
    expect(seen).toEqual([
      ...[failed(2), failed(4), failed(5)],
      ['QUEUED', ...failed(5)],
      ['CANCELLED', ...failed(5)],
    ]);
  } finally {
    await scene.stop();
  }
});

/** Checks a program that uses `use.ts` of a directory. */
async function typecheck(directory: string, plugins: object[] = []): Promise<void> {
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
        plugins,
      },
      files: ['use.ts'],
    }),
  );
  const { stdout, exitCode } = await execa('node', [require.resolve('typescript/bin/tsc'), '-p', directory], {
    reject: false,
  });
  expect(stdout).toBe('');
  expect(exitCode).toBe(0);
}

test('the client preset of GraphQL Code Generator makes types that tsc accepts, with a type for each scalar, and trusted documents', async () => {
  const directory = join(work, 'codegen');
  await cp(ownPath('codegen/operations.graphql'), join(directory, 'operations.graphql'));
  await cp(ownPath('codegen/use.ts.txt'), join(directory, 'use.ts'));
  await generate(
    {
      ...codegenConfig,
      schema,
      documents: join(directory, 'operations.graphql'),
      silent: true,
      generates: { [join(directory, 'generated/')]: codegenConfig.generates['generated/'] },
    },
    true,
  );
  await typecheck(directory);

  const documents = await readTrustedDocuments(join(directory, 'generated/persisted-documents.json'));
  const scene = await startScene(documents);
  try {
    const { data, errors } = await sendId(scene, idOf(documents, 'Tree'), { name: 'demo' });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ project: { environments: { nodes: [{ name: 'dev' }, { name: 'prod' }] } } });
  } finally {
    await scene.stop();
  }
});

test('gql.tada gives operations their types without generated files', async () => {
  const directory = join(work, 'gql-tada');
  await cp(ownPath('gql-tada/use.ts.txt'), join(directory, 'use.ts'));
  const plugin = { name: 'gql.tada/ts-plugin', schema, tadaOutputLocation: './introspection.d.ts' };
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { plugins: [plugin] }, files: ['use.ts'] }),
  );
  await execa('node', [join(root, 'node_modules/.bin/gql.tada'), 'generate-output'], { cwd: directory });
  await typecheck(directory, [plugin]);
});

test('curl starts a run, follows it, and says how it ended', async () => {
  const scene = await startScene();
  try {
    const tour = (job: string) =>
      execa(ownPath('curl/tour.sh'), [job], {
        env: { GATEWAY: new URL(scene.url).origin, API_TOKEN: scene.token },
        reject: false,
      });
    const missing = await tour('demo/dev/nosuch');
    expect(missing).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(/^NOT_FOUND /) as unknown });

    const running = tour('demo/dev/sales');
    await new Promise<void>((resolve) => running.stdout.once('data', () => resolve()));
    const query = 'mutation { cancelRun(input: { run: "demo/dev/sales" }) { __typename } }';
    await fetch(scene.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorizationOf(scene) },
      body: JSON.stringify({ query }),
    });
    expect(await running).toMatchObject({ exitCode: 1, stdout: 'QUEUED\nCANCELLED' });
  } finally {
    await scene.stop();
  }
});
