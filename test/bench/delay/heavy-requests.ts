import { setTimeout as sleep } from 'node:timers/promises';
import {
  largeManifest,
  longTexts,
  manyJobs,
  manyKeys,
  manySecrets,
  stateDocument,
  exportedStates,
  statePatch,
} from './heavy-values.ts';

/** Sends an operation to the gateway, whatever it answers. */
export type Send = (query: string, variables?: object) => Promise<{ data: unknown; answer: string }>;

/** What keeps the gateway busy. */
export interface HeavyRequest {
  title: string;
  /** How much is sent. */
  size: string;
  /** What must be there before. */
  prepare?: (send: Send) => Promise<unknown>;
  /** @returns what came of it, in a word */
  run: (send: Send) => Promise<string>;
}

const environment = 'big/env-001';

/** The ids of the states that `importState` makes. */
const importedStates = 'dev:tap-*';

/** They are sent in this order to a gateway that has the project `big`. */
export const heavyRequests: readonly HeavyRequest[] = [
  {
    title: 'nothing',
    size: '3 s',
    run: async () => {
      await sleep(3000);
      return '';
    },
  },
  {
    title: 'setState, the document as an object',
    size: '4.8 MB',
    run: (send) => setState(send, 'object', stateDocument(0)),
  },
  {
    title: 'setState, the document as text',
    size: '4.8 MB',
    run: (send) => setState(send, 'text', JSON.stringify(stateDocument(0))),
  },
  {
    title: 'reading that state',
    size: '4.8 MB',
    run: (send) => answerOf(send, stateQuery('completed { json }'), { stateId: 'text' }),
  },
  {
    title: 'the diff of two versions of a state',
    size: '2 × 4.8 MB',
    prepare: (send) => setState(send, 'text', JSON.stringify(stateDocument(1))),
    run: (send) =>
      answerOf(send, stateQuery('versions(first: 1) { nodes { diff { changes { path } } } }'), {
        stateId: 'text',
      }),
  },
  {
    title: 'editState, 1,000 operations on that state',
    size: '0.1 MB',
    run: (send) => mutate(send, 'editState', { state: `${environment}/text`, patch: statePatch(1000) }),
  },
  {
    title: 'mergeState into that state',
    size: '4.8 MB',
    run: (send) =>
      mutate(send, 'mergeState', {
        environment,
        stateId: 'text',
        source: { document: { json: stateDocument(2) } },
      }),
  },
  {
    title: 'setState, a list of small values',
    size: '4.9 MB',
    run: (send) => setState(send, 'small', { singer_state: Array.from({ length: 2_400_000 }, () => 1) }),
  },
  {
    title: 'setState, 400,000 keys as an object',
    size: '4.7 MB',
    run: (send) => setState(send, 'keys', manyKeys(400_000)),
  },
  {
    title: 'setState, 400,000 keys as text',
    size: '4.7 MB',
    run: (send) => setState(send, 'keys', JSON.stringify(manyKeys(400_000))),
  },
  {
    title: 'reading that state, merged',
    size: '5.1 MB',
    run: (send) => answerOf(send, stateQuery('merged { json }'), { stateId: 'keys' }),
  },
  {
    title: 'importState, 1,000 states',
    size: '4.3 MB',
    run: (send) => mutate(send, 'importState', { environment, states: exportedStates(1000) }),
  },
  {
    title: 'stateExport of them, as JSON and as text',
    size: '9.0 MB',
    run: (send) => answerOf(send, stateExportQuery, { pattern: importedStates }),
  },
  {
    title: 'copyStates, 1,000 states',
    size: '4.3 MB',
    run: (send) => copyStates(send, importedStates),
  },
  {
    title: 'planProject, 1,000 plugins and 6,400 jobs',
    size: '0.97 MB',
    prepare: (send) => mutate(send, 'createProject', { name: 'managed' }),
    run: (send) =>
      mutate(
        send,
        'planProject',
        { project: 'managed', text: largeManifest() },
        '... on PlanProjectSuccess { plan { changes { name changes { path after } } } }',
      ),
  },
  {
    title: 'createProject with that manifest',
    size: '0.97 MB',
    run: (send) => mutate(send, 'createProject', { name: 'large', text: largeManifest() }),
  },
  {
    title: 'exportProject of it',
    size: '0.97 MB',
    run: (send) => mutate(send, 'exportProject', { project: 'large' }),
  },
  {
    title: 'its manifest, as text, as JSON, and with findings',
    size: '0.97 MB',
    run: (send) =>
      answerOf(send, '{ project(ref: "large") { manifest { text json findings { message } } } }', {}),
  },
  {
    title: 'updateEnvironment in it',
    size: '0.97 MB',
    run: (send) => mutate(send, 'updateEnvironment', { environment: 'large/dev', stateIdSuffix: 'b' }),
  },
  {
    title: 'planProject, 20 environments × 950 jobs',
    size: '0.03 MB',
    run: (send) => mutate(send, 'planProject', { project: 'managed', text: manyJobs(20, 950) }),
  },
  {
    title: 'planProject of an imported project, 300 jobs in 5 environments',
    size: '0.05 MB',
    run: (send) => mutate(send, 'planProject', { project: 'big' }),
  },
  {
    title: 'exportProject, secrets looked for in 20 long texts',
    size: '0.92 MB',
    prepare: (send) => mutate(send, 'createProject', { name: 'texts', text: longTexts() }),
    run: (send) => mutate(send, 'exportProject', { project: 'texts' }),
  },
  {
    title: 'planProject, 8,000 aliases of YAML',
    size: '0.02 MB',
    run: (send) => {
      const text = `version: 1\nannotations: &a { a: 1 }\nenv: {}\nextras: [${'*a,'.repeat(8000)}]\n`;
      return mutate(send, 'planProject', { project: 'managed', text });
    },
  },
  {
    title: 'createEnvironment, a variable of one word',
    size: '0.03 MB',
    run: (send) =>
      mutate(send, 'createEnvironment', {
        project: 'managed',
        name: 'word',
        env: [{ name: 'WORD', value: 'a'.repeat(32_768) }],
      }),
  },
  {
    title: 'variables, 100,000 wrong elements',
    size: '0.3 MB',
    run: (send) =>
      answerOf(send, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: Array.from({ length: 100_000 }, () => ({})),
      }),
  },
  { title: 'a run, 100,000 lines', size: '20 MB', run: (send) => runJob(send, 100_000, 200) },
  { title: 'a run, one line', size: '0.08 MB', run: (send) => runJob(send, 1, 80_000) },
  { title: 'a run, one line', size: '1 MB', run: (send) => runJob(send, 1, 1_000_000) },
  { title: 'a run, 200 lines', size: '100 MB', run: (send) => runJob(send, 200, 500_000) },
  {
    title: 'a run, 20 lines of escapes, in which 2,000 secrets are looked for',
    size: '20 MB',
    run: (send) => runJob(send, 20, 200_000, [{ name: 'LONG_UNIT', value: '\\n%41' }, manySecrets()]),
  },
  { title: 'a page of the log of each of these runs', size: '5 × 100 lines', run: readLogs },
];

async function answerOf(send: Send, query: string, variables: object): Promise<string> {
  return (await send(query, variables)).answer;
}

const stateQuery = (selection: string): string =>
  `query ($stateId: String!) { project(ref: "big") { environment(name: "env-001") { state(stateId: $stateId) { ${selection} } } } }`;

const stateExportQuery =
  'query ($pattern: String!) { project(ref: "big") { environment(name: "env-001") { stateExport(filter: { pattern: $pattern }) { count states { stateId completed { json } partial { json } } text } } } }';

/** Calls a mutation that takes one input. */
async function mutate(send: Send, name: string, input: object, selection = ''): Promise<string> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${selection} } }`;
  return answerOf(send, document, { input });
}

/** Copies states to another environment, and waits for the end. */
async function copyStates(send: Send, pattern: string): Promise<string> {
  const { data } = await send(
    'mutation ($input: CopyStatesInput!) { copyStates(input: $input) { ... on CopyStatesSuccess { operation { id } } } }',
    { input: { filter: { environment, pattern }, environment: 'big/env-002' } },
  );
  const id = (data as { copyStates?: { operation?: { id: string } } } | null)?.copyStates?.operation?.id;
  if (id === undefined) throw new Error('The states are not copied.');
  return endOf(send, id, '... on BulkOperation { status endedAt }');
}

const setState = (send: Send, stateId: string, state: unknown): Promise<string> =>
  mutate(send, 'setState', {
    ...{ environment, stateId },
    document: typeof state === 'string' ? { text: state } : { json: state },
  });

/** Reads a page of the log of each of the newest runs. */
async function readLogs(send: Send): Promise<string> {
  const newest =
    '{ project(ref: "big") { environment(name: "env-001") { runs(first: 5) { nodes { id } } } } }';
  const { data } = await send(newest);
  const { project } = data as { project: { environment: { runs: { nodes: { id: string }[] } } } };
  const pages = project.environment.runs.nodes.map(
    ({ id }, i) =>
      `r${i}: node(id: "${id}") { ... on Run { logs(first: 100) { nodes { sequence message } } } }`,
  );
  return answerOf(send, `{ ${pages.join(' ')} }`, {});
}

interface Facts {
  node: { status: string; endedAt: string | null };
}

/**
 * Starts a run of the stand-in that writes so many lines, and waits until it has ended.
 *
 * @param more variables for it
 */
async function runJob(send: Send, lines: number, length: number, more: object[] = []): Promise<string> {
  const env = [
    { name: 'LONG_LINES', value: String(lines) },
    { name: 'LONG_LENGTH', value: String(length) },
    ...more,
  ];
  const { data } = await send(
    'mutation ($input: RunJobInput!) { runJob(input: $input) { ... on RunJobSuccess { run { id } } } }',
    { input: { job: `${environment}/job-001`, stateIdSuffix: `${lines}-${length}`, env } },
  );
  const id = (data as { runJob?: { run?: { id: string } } } | null)?.runJob?.run?.id;
  if (id === undefined) throw new Error('The run was not taken.');
  return endOf(send, id, '... on Run { status endedAt logCount }');
}

/** Waits for the end of what runs. @returns its status */
async function endOf(send: Send, id: string, selection: string): Promise<string> {
  for (;;) {
    await sleep(500);
    const { node } = (await send(`query ($id: ID!) { node(id: $id) { ${selection} } }`, { id }))
      .data as Facts;
    if (node.endedAt !== null) return node.status;
  }
}
