import { isObject } from '../../../src/lib/is-object.ts';
import type { TestApp } from '../app.ts';
import { done } from './call.ts';

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

export const stateFields = `id stateId path completed { json } partial { json } merged { json } version
  versions { nodes { version change stateId completed { json } partial { json } } }`;

const documentNames: ReadonlySet<string> = new Set(['completed', 'partial', 'merged']);

/** An answer with the documents of states as plain JSON, wherever they are in it. They were read as `{ json }`. */
export function plainDocuments<Answer>(answer: Answer): Answer {
  if (Array.isArray(answer)) return answer.map(plainDocuments) as Answer;
  if (!isObject(answer)) return answer;
  const fields = Object.entries(answer).map(([name, value]) => [
    name,
    documentNames.has(name) && isObject(value) ? value.json : plainDocuments(value),
  ]);
  return Object.fromEntries(fields) as Answer;
}

/** The state at a path `project/environment/state id`; null when there is none. */
export async function readState(app: Pick<TestApp, 'query'>, path: string): Promise<StateFacts | null> {
  const [project, environment, ...rest] = path.split('/');
  const answer = await app.query<{ project: { environment: { state: StateFacts | null } } }>(
    `query ($project: ID!, $environment: String!, $stateId: String!) {
      project(ref: $project) { environment(name: $environment) { state(stateId: $stateId) { ${stateFields} } } }
    }`,
    { project, environment, stateId: rest.join('/') },
  );
  return plainDocuments(answer.project.environment.state);
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
  return plainDocuments(node);
}

/** Calls a verb that changes a state. @returns the state as it is then */
export async function changeState<State = StateFacts>(
  app: Pick<TestApp, 'query'>,
  verb: string,
  input: object,
  fields = stateFields,
): Promise<State> {
  return plainDocuments((await done<{ state: State }>(app, verb, input, `state { ${fields} }`)).state);
}

/** A document as inputs take it: a text as text, anything else as JSON. */
export function given(document: unknown): { text: string } | { json: unknown } {
  return typeof document === 'string' ? { text: document } : { json: document };
}

/** States as `importState` takes them, from what `meltano state export` would print. */
export function listed(states: Record<string, { completed: unknown; partial: unknown }>): object[] {
  return Object.entries(states).map(([stateId, { completed, partial }]) => ({
    ...{ stateId, completed: given(completed), partial: given(partial) },
  }));
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
