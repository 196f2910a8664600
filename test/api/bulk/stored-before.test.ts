import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';

// Rows as an older release has left them, which the migrations bring into today's form.
let app: TestApp;
let seed: ReturnType<typeof seeder>;
let project: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'old' });
});
afterAll(() => app.stop());

/** Executes a migration as it is when an older database is opened; it finds the rows of a test. */
async function migrate(name: string): Promise<void> {
  const file = new URL(`../../../prisma/migrations/${name}/migration.sql`, import.meta.url);
  const statements = (await readFile(file, 'utf8')).split(/;\n/).filter((text) => text.trim() !== '');
  for (const statement of statements) await app.app.store.prisma.$executeRawUnsafe(statement);
}
const brought = (): Promise<void> => migrate('20261130160500_answers_as_typed');

test('exit codes by the type of the plugin become a list of plugins', async () => {
  const run = await seed.run(project, { status: 'FAILED' });
  const pair = { extractor: 'tap-a', loader: 'target-b', status: 'FAILED' } as const;
  const stored = [
    { extractors: [1], loaders: [-9] },
    { loaders: [2] },
    { extractors: [0], mappers: [] },
    {},
    [{ role: 'LOADER', plugin: 'target-b', exitCode: 3 }],
    null,
  ];
  for (const [position, exitCodes] of stored.entries())
    await seed.block(run, { ...pair, position, ...(exitCodes && { exitCodes }) });
  await seed.block(run, { position: stored.length, exitCodes: { extractors: [1] } });
  await brought();
  await brought();
  type Answer = { run: { blocks: { nodes: { exitCodes: object[] }[] } } };
  const answer = await app.query<Answer>(
    'query ($run: ID!) { run(ref: $run) { blocks { nodes { exitCodes { role plugin exitCode } } } } }',
    { run: encodeGlobalId({ type: 'Run', id: run }) },
  );
  expect(answer.run.blocks.nodes.map(({ exitCodes }) => exitCodes)).toEqual([
    [
      { role: 'EXTRACTOR', plugin: 'tap-a', exitCode: 1 },
      { role: 'LOADER', plugin: 'target-b', exitCode: -9 },
    ],
    [{ role: 'LOADER', plugin: 'target-b', exitCode: 2 }],
    [],
    [],
    [{ role: 'LOADER', plugin: 'target-b', exitCode: 3 }],
    [],
    // A command has no extractor.
    [],
  ]);
});

test('the status of a refused item and the ids of a filter are where they are now', async () => {
  const operation = await seed.bulkOperation({
    status: 'SUCCEEDED',
    itemCount: 2,
    filter: { runs: ['a', 'b'] },
  });
  const subject = { subjectType: 'Run', subjectId: '00000000-0000-7000-8000-000000000000' };
  const refusal = { name: 'WrongStatus', code: 'WRONG_STATUS', message: 'It has ended.', path: null };
  const errors = [
    { ...refusal, status: 'SUCCEEDED' },
    { ...refusal, runStatus: 'FAILED', operationStatus: null },
  ];
  for (const [i, error] of errors.entries())
    await seed.bulkItem(operation, { ...subject, position: i + 1, status: 'FAILED', error });
  const others = [
    { filter: { project: 'old', states: null, pattern: 'x' } },
    { filter: { ids: ['c'] } },
    { filter: { jobs: ['d'] } },
  ];
  const ids = [operation];
  for (const other of others) ids.push(await seed.bulkOperation(other));
  await brought();
  await brought();
  const answers: object[] = [];
  for (const id of ids) {
    answers.push(
      await app.query(
        `query ($id: ID!) { bulkOperation(id: $id) {
          filter { ids project pattern }
          items { nodes { error { code message ... on WrongStatus { runStatus operationStatus } } } }
        } }`,
        { id: encodeGlobalId({ type: 'BulkOperation', id }) },
      ),
    );
  }
  const none = { ids: null, project: null, pattern: null };
  const error = { code: 'WRONG_STATUS', message: 'It has ended.', operationStatus: null };
  expect(answers).toEqual([
    {
      bulkOperation: {
        filter: { ...none, ids: ['a', 'b'] },
        items: {
          nodes: [
            { error: { ...error, runStatus: 'SUCCEEDED' } },
            { error: { ...error, runStatus: 'FAILED' } },
          ],
        },
      },
    },
    { bulkOperation: { filter: { ...none, project: 'old', pattern: 'x' }, items: { nodes: [] } } },
    { bulkOperation: { filter: { ...none, ids: ['c'] }, items: { nodes: [] } } },
    { bulkOperation: { filter: { ...none, ids: ['d'] }, items: { nodes: [] } } },
  ]);
});
