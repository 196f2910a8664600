import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importProject, type ImportSummary } from '../../../src/domain/projects/import-project.ts';
import { readOf } from '../../../src/domain/mirror/read-manifests.ts';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { large, writeBigProject, type Size } from '../../kit/data/big-project.ts';

const small: Size = { jobs: 4, environments: 2, extractors: 4, loaders: 2, schedules: 3 };

let app: TestApp;
let place: string;
beforeAll(async () => {
  [app, place] = await Promise.all([startTestApp(), mkdtemp(join(tmpdir(), 'meltano-graphql-import-'))]);
});
afterAll(async () => {
  await app.stop();
  await rm(place, { recursive: true });
});

type Counts = Omit<ImportSummary, 'project'> & { statements: number };

async function importCounted(directory: string): Promise<Counts> {
  const manifest = readOf(await readManifest(directory));
  const gateway = {
    transaction: app.app.store.transaction,
    log: { info: ignore, warn: ignore, error: ignore },
  };
  const { statements, result } = await app.counting(() => importProject(gateway, manifest));
  const { created, updated, deleted } = result;
  return { created, updated, deleted, statements: statements.length };
}

const ignore = (): void => undefined;

/** What each import of a project's life did: the first, one that changes nothing, and three edits. */
async function lifeOf(name: string, size: Size): Promise<Counts[]> {
  const directory = join(place, name);
  const imports: Counts[] = [];
  for (const next of [
    size,
    size,
    // The tasks of the jobs name plugins by turns, so that nearly every job changes.
    { ...size, extractors: size.extractors - 1 },
    { ...size, jobs: 1, schedules: 1 },
    size,
  ]) {
    await writeBigProject(directory, next);
    imports.push(await importCounted(directory));
  }
  return imports;
}

test('an import sends as many statements for a large project as for a small one', async () => {
  const few = await lifeOf('small', small);
  const many = await lifeOf('large', large);
  expect(many.map(({ statements }) => statements)).toEqual(few.map(({ statements }) => statements));
  expect(Math.max(...few.map(({ statements }) => statements))).toBeLessThan(30);
  const rows = large.environments * (large.jobs + large.schedules);
  expect(many[0]?.created).toBe(rows + large.environments + large.extractors + large.loaders + 2);
  expect(many[1]).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  expect(many[2]?.updated).toBeGreaterThan(large.jobs);
  expect(many[3]?.deleted).toBeGreaterThan(large.jobs);
  expect(many[4]?.created).toBe(0);
  expect(many[4]?.updated).toBeGreaterThan(4 * large.jobs);

  const { project } = await app.query<{ project: { environments: { nodes: Environment[] } } }>(
    `{ project(ref: "large") { environments { nodes {
      jobs(first: 1, orderBy: { field: NAME, direction: DESC }) { totalCount nodes { name tasks { blocks } } }
      schedules { totalCount }
    } } } }`,
  );
  expect(project.environments.nodes).toEqual(
    Array.from({ length: large.environments }, () => ({
      jobs: { totalCount: 300, nodes: [{ name: 'job-300', tasks: expect.anything() as unknown }] },
      schedules: { totalCount: 100 },
    })),
  );
});

interface Environment {
  jobs: unknown;
  schedules: unknown;
}
