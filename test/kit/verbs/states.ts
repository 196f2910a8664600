import type { TestApp } from '../app.ts';

/** A state with all its versions, the newest first. */
export interface StateFacts {
  id: string;
  stateId: string;
  path: string;
  completed: unknown;
  partial: unknown;
  merged: unknown;
  version: number;
  versions: {
    nodes: { version: number; change: string; stateId: string; completed: unknown; partial: unknown }[];
  };
}

export const stateFields = `id stateId path completed partial merged version
  versions { nodes { version change stateId completed partial } }`;

/** The state at a path `project/environment/state id`; null when there is none. */
export async function readState(app: Pick<TestApp, 'query'>, path: string): Promise<StateFacts | null> {
  const [project, environment, ...rest] = path.split('/');
  const answer = await app.query<{ project: { environment: { state: StateFacts | null } } }>(
    `query ($project: String!, $environment: String!, $stateId: String!) {
      project(name: $project) { environment(name: $environment) { state(stateId: $stateId) { ${stateFields} } } }
    }`,
    { project, environment, stateId: rest.join('/') },
  );
  return answer.project.environment.state;
}

/** The state with an id, cleared or not; null when there is none. */
export async function nodeState(
  app: Pick<TestApp, 'query'>,
  id: string,
): Promise<(StateFacts & { deletedAt: string | null }) | null> {
  const { node } = await app.query<{ node: (StateFacts & { deletedAt: string | null }) | null }>(
    `query ($id: ID!) { node(id: $id) { ... on State { ${stateFields} deletedAt } } }`,
    { id },
  );
  return node;
}

/** Writes documents into the store as a run does, as JSON text. */
export async function placeState(
  { app }: TestApp,
  path: string,
  { completed = '{}', partial = '{}' },
): Promise<string> {
  const [project = '', environment = '', ...rest] = path.split('/');
  const row = await app.store.environments.byPath(project, environment);
  if (!row) throw new Error(`There is no environment ${project}/${environment}.`);
  const state = { stateId: rest.join('/'), text: `{"completed": ${completed}, "partial": ${partial}}` };
  return app.store.transaction((tx) => tx.states.write(row.id, state, { change: 'RUN', runId: null }));
}

/** The documents as the database stores them, with exact numbers. */
export async function storedText({ app }: TestApp, stateId: string): Promise<string[]> {
  const rows = await app.store.prisma.$queryRaw<{ text: string }[]>`
    SELECT completed::text || ' ' || partial::text AS text FROM "State" WHERE "stateId" = ${stateId} ORDER BY id`;
  return rows.map(({ text }) => text);
}
