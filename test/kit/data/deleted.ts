import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { TestApp } from '../app.ts';

/** A row with its times of deletion. */
export interface Marked {
  id: string;
  name: string;
  deletedAt: string | null;
  purgesAt: string | null;
}

/** The content of a project, with deleted rows or without. The key is the path, or the kind and the name. */
export async function contentsOf(
  app: Pick<TestApp, 'query'>,
  projectId: string,
  showDeleted = false,
): Promise<Record<string, Marked>> {
  type List = { nodes: Marked[]; totalCount: number };
  type Environments = { nodes: (Marked & { jobs: List; schedules: List })[]; totalCount: number };
  const row = 'id name deletedAt purgesAt';
  const list = `(first: 100, showDeleted: $showDeleted) { totalCount nodes { ${row} } }`;
  const { node } = await app.query<{ node: Marked & { plugins: List; environments: Environments } }>(
    `query ($id: ID!, $showDeleted: Boolean) { node(id: $id) { ... on Project { ${row}
      plugins${list}
      environments(first: 100, showDeleted: $showDeleted) { totalCount nodes { ${row} jobs${list} schedules${list} } }
    } } }`,
    { id: projectId, showDeleted },
  );
  const found: Record<string, Marked> = {};
  const add = (kind: string, { nodes, totalCount }: List): void => {
    if (totalCount !== nodes.length)
      throw new Error(`${kind}: ${totalCount} are counted, ${nodes.length} listed.`);
    for (const { id, name, deletedAt, purgesAt } of nodes) {
      found[`${kind} ${name}`] = { id, name, deletedAt, purgesAt };
    }
  };
  add('plugin', node.plugins);
  add('environment', node.environments);
  for (const { name, jobs, schedules } of node.environments.nodes) {
    add(`job ${name}`, jobs);
    add(`schedule ${name}`, schedules);
  }
  return found;
}

/** The names in a result of `contentsOf`: those of deleted rows, or those of the others. */
export function namesOf(contents: Record<string, Marked>, deleted = false): string[] {
  return Object.keys(contents)
    .filter((name) => (contents[name]?.deletedAt !== null) === deleted)
    .sort();
}

/** Id of a project in the API; null when there is none with that name. */
export async function projectId(app: Pick<TestApp, 'query'>, name: string): Promise<string | null> {
  const { project } = await app.query<{ project: { id: string } | null }>(
    'query ($name: ID!) { project(ref: $name) { id } }',
    { name },
  );
  return project?.id ?? null;
}

/** Stores a run with a given status, as a worker would leave it. */
export async function placeRun(
  { app: { store } }: TestApp,
  path: string,
  data: { status?: 'QUEUED' | 'RUNNING' | 'SUCCEEDED'; command?: string; lines?: number } = {},
): Promise<{ id: string; end: () => Promise<void> }> {
  const [project = '', environment = '', job] = path.split('/');
  const row = await store.environments.byPath(project, environment);
  const owner = row && job !== undefined ? await store.jobs.byName(row.id, job) : null;
  if (!row) throw new Error(`There is no environment ${path}.`);
  const { status = 'SUCCEEDED', command = 'digest', lines = 0 } = data;
  const { id } = await store.prisma.run.create({
    data: {
      ...{
        projectId: row.projectId,
        environmentId: row.id,
        jobId: owner?.id ?? null,
        kind: 'RUN',
        status,
        command,
      },
      ...{ leaseKeys: [], logCount: lines, endedAt: status === 'SUCCEEDED' ? new Date() : null },
      blocks: { create: { position: 0, kind: 'COMMAND', command } },
    },
  });
  await store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, timestamp, level, message)
    SELECT ${id}::uuid, n, now(), 'INFO', 'a line' FROM generate_series(1, ${lines}) AS n`;
  return {
    id: encodeGlobalId({ type: 'Run', id }),
    end: async () => {
      await store.prisma.run.update({ where: { id }, data: { status: 'SUCCEEDED', endedAt: new Date() } });
    },
  };
}
