import { expect } from 'vitest';
import type { TestApp } from '../app.ts';
import { processesWith } from '../programs/processes.ts';
import { plainDocuments } from './states.ts';
import { waitFor } from '../wait.ts';

/** Anything that can send operations. */
export type Client = Pick<TestApp, 'query'>;

/** The fields of a run that tests use. */
export interface RunFacts {
  id: string;
  status: string;
  endReason: string | null;
  exitCode: number | null;
  signal: string | null;
  errorMessage: string | null;
  logCount: number;
  command: string;
  workerId: string | null;
  startedAt: string | null;
  endedAt: string | null;
  job: { name: string } | null;
  waitingFor: { run: { id: string }; stateId: string | null; message: string } | null;
  blocks: { nodes: BlockFacts[] };
  metrics: { nodes: { plugin: string; stream: string; name: string; value: number }[] };
  states: { nodes: StateFacts[] };
}

export interface BlockFacts {
  position: number;
  kind: string;
  command: string;
  stateId: string | null;
  status: string;
  exitCodes: { role: string; plugin: string; exitCode: number }[];
  errorMessage: string | null;
  startedAt: string | null;
  endedAt: string | null;
  durationSeconds: number | null;
}

export interface StateFacts {
  id: string;
  stateId: string;
  version: number;
  completed: unknown;
  partial: unknown;
  merged: unknown;
}

export interface LogLine {
  sequence: number;
  timestamp: string;
  level: string;
  plugin: string | null;
  message: string;
}

export const runFields = /* GraphQL */ `
  id status endReason exitCode signal errorMessage logCount command workerId startedAt endedAt
  job { name }
  waitingFor { stateId message run { id } }
  blocks { nodes {
    position kind command stateId status exitCodes { role plugin exitCode } errorMessage startedAt endedAt durationSeconds
  } }
  metrics { nodes { plugin stream name value } }
  states { nodes { id stateId version completed { json } partial { json } merged { json } } }
`;

/** The answer of a verb that starts a run. */
export interface RunAnswer {
  __typename: string;
  message?: string;
  code?: string;
  run?: RunFacts;
}

type Verb =
  | ('runJob' | 'runCommand' | 'installPlugins' | 'cancelRun' | 'retryRun')
  | ('runTests' | 'testPlugin' | 'discoverStreams');

/** Calls a verb that starts a run, and returns every answer. */
export async function askFor(client: Client, verb: Verb, input: Record<string, unknown>): Promise<RunAnswer> {
  const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  const answer = await client.query<Record<Verb, RunAnswer>>(
    `mutation ($input: ${type}Input!) { ${verb}(input: $input) {
      __typename ... on UserError { message code } ... on ${type}Success { run { ${runFields} } }
    } }`,
    { input },
  );
  return plainDocuments(answer[verb]);
}

/** Calls a verb that starts a run, and fails when it refuses. */
export async function ask(client: Client, verb: Verb, input: Record<string, unknown>): Promise<RunFacts> {
  const { run, __typename: type, message } = await askFor(client, verb, input);
  if (!run) throw new Error(`${verb} answered ${type}: ${message ?? ''}`);
  return run;
}

/** A run as it is now. */
export async function readRun(client: Client, id: string): Promise<RunFacts> {
  const { node } = await client.query<{ node: RunFacts | null }>(
    `query ($id: ID!) { node(id: $id) { ... on Run { ${runFields} } } }`,
    { id },
  );
  if (!node) throw new Error(`There is no run ${id}.`);
  return plainDocuments(node);
}

/** Waits until a run is in the expected condition. */
export function runWhen(
  client: Client,
  id: string,
  what: string,
  condition: (run: RunFacts) => boolean,
): Promise<RunFacts> {
  return waitFor(`A run that ${what}`, async () => {
    const run = await readRun(client, id);
    if (run.endedAt !== null && !condition(run)) {
      throw new Error(`The run was to be one that ${what}, and ended: ${JSON.stringify(run)}`);
    }
    return condition(run) && run;
  });
}

/** Waits for the end of a run. */
export async function runEnded(client: Client, id: string): Promise<RunFacts> {
  const look = 'query ($id: ID!) { node(id: $id) { ... on Run { endedAt } } }';
  await waitFor('The end of a run', async () => {
    const { node } = await client.query<{ node: Pick<RunFacts, 'endedAt'> | null }>(look, { id });
    if (!node) throw new Error(`There is no run ${id}.`);
    return node.endedAt !== null;
  });
  return readRun(client, id);
}

/** Calls a verb and waits for the end of its run. */
export async function runToEnd(
  client: Client,
  verb: Verb,
  input: Record<string, unknown>,
): Promise<RunFacts> {
  return runEnded(client, (await ask(client, verb, input)).id);
}

/** All lines of a run, page by page. */
export async function linesOf(client: Client, id: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let after: string | null = null; ;) {
    type Page = { nodes: LogLine[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const { node }: { node: { logs: Page } } = await client.query(
      `query ($id: ID!, $after: String) { node(id: $id) { ... on Run { logs(first: 100, after: $after) {
        nodes { sequence timestamp level plugin message } pageInfo { hasNextPage endCursor }
      } } } }`,
      { id, after },
    );
    lines.push(...node.logs.nodes);
    if (!node.logs.pageInfo.hasNextPage) return lines;
    after = node.logs.pageInfo.endCursor;
  }
}

/** The id of the run in the store. Meltano and its plugins know the run by this id. */
export function storeId(globalId: string): string {
  const decoded = Buffer.from(globalId, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}

/** Ids of the processes on this machine that have a run's id in their environment. Linux only. */
export function processesOf(globalId: string): Promise<number[]> {
  const mark = `\0MELTANO_RUN_ID=${storeId(globalId)}\0`;
  return processesWith('environ', (environment) => `\0${environment}`.includes(mark));
}

/** The last sale in a state document of the till. */
export function bookmarkOf(document: unknown): number | null {
  type Document = { singer_state?: { bookmarks?: { sales?: { replication_key_value: number } } } } | null;
  return (document as Document)?.singer_state?.bookmarks?.sales?.replication_key_value ?? null;
}

/** Fails when a run began before the one that began before it had ended. */
export function expectNoOverlap(runs: readonly RunFacts[]): void {
  const times = runs
    .map(({ startedAt, endedAt }) => [Date.parse(startedAt ?? ''), Date.parse(endedAt ?? '')] as const)
    .sort(([a], [b]) => a - b)
    .flat();
  expect(times).toEqual([...times].sort((a, b) => a - b));
}
