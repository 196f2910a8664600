import type { Dialect } from './dialects.ts';

const run = 'id status startedAt endedAt endReason exitCode logCount';
const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
// PostGraphile does not find out whether rows lie before a cursor, and says no.
const forwardInfo = 'pageInfo { hasNextPage startCursor endCursor }';
const backwardInfo = 'pageInfo { hasPreviousPage startCursor endCursor }';
const byId = (type: string, selection: string): string =>
  `query ($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`;

/** A name in a document that the load generator replaces, in each request by another one. */
export const uniqueName = 'u_nique';

/** The aliases of the document `lookUps` by the type of what each looks up: forty. Its variables have these names. */
export const lookUps = (['Project', 'Environment', 'Job', 'Run'] as const).flatMap((type) =>
  Array.from({ length: 10 }, (_, i) => ({ alias: `${type.toLowerCase()}${i}`, type, i })),
);

/** What `lookUps` asks of each type. */
const lookedUp = {
  Project: 'id name directory',
  Environment: 'id name envNames',
  Job: 'id name pairs',
  Run: run,
};

/** Every operation of the benchmark, in the names of one of the APIs. The answers are alike. */
export function documents(name: Dialect) {
  return {
    run: byId(
      'Run',
      `${run} kind command fullRefresh refreshCatalog noStateUpdate stateStrategy heartbeatAt workerId processId errorMessage`,
    ),
    jobs: byId(
      'Environment',
      `${name.environmentJobs('first: 20')} { edges { cursor node { id name pairs } } ${pageInfo} }`,
    ),
    jobsWithRuns: byId(
      'Environment',
      `${name.environmentJobs('first: 20')} { edges { cursor node { id name ${name.jobRuns('first: 5')} {
         edges { cursor node { ${run} } } ${pageInfo} } } } ${pageInfo} }`,
    ),
    tree: `query { ${name.projects('first: 10')} { nodes { id name ${name.projectEnvironments('first: 3')} {
      nodes { id name ${name.environmentJobs('first: 5')} { nodes { id name ${name.jobRuns('first: 5')} {
        nodes { ${run} } } } } } } } } }`,
    runsOfStatus: `query ($id: ID!, $after: ${name.cursor}, $status: RunStatus!) { node(id: $id) { ... on Environment {
      ${name.environmentRuns(`first: 20, after: $after, ${name.ofStatus('$status')}`)} { edges { cursor node { ${run} } } ${forwardInfo} } } } }`,
    runWithLogs: byId(
      'Run',
      `${run} ${name.runLogs('last: 100')} { edges { cursor node { sequence timestamp level plugin message fields } } ${pageInfo} }
       ${name.runMetrics('first: 20')} { nodes { plugin stream name value } }`,
    ),
    projects: `query { ${name.projects('first: 20')} { edges { cursor node { id name manifestMode importedAt } } } }`,
    environment: byId('Environment', `id name envNames ${name.project} { id name directory }`),
    job: byId(
      'Job',
      `id name pairs ${name.environment} { id name } ${name.jobRuns('first: 10')} { edges { cursor node { ${run} } } }`,
    ),
    runInContext: byId(
      'Run',
      `${run} ${name.job} { id name } ${name.environment} { id name } ${name.project} { id name }`,
    ),
    newestRuns: `query ($id: ID!, $status: RunStatus!) { node(id: $id) { ... on Environment {
      ${name.environmentRuns(`first: 20, ${name.ofStatus('$status')}`)} { edges { cursor node { ${run} } } } } } }`,
    logs: byId(
      'Run',
      `${name.runLogs('last: 20')} { edges { cursor node { sequence timestamp level message } } }`,
    ),
    states: byId(
      'Environment',
      `${name.environmentStates('first: 10')} { nodes { id stateId version updatedAt ${name.document('completed')} } }`,
    ),
    stateVersions: byId(
      'State',
      `id stateId ${name.stateVersions('first: 10')} { nodes { id version change changedAt } }`,
    ),
    schedules: byId(
      'Environment',
      `${name.environmentSchedules('first: 20')} { nodes { id name interval cron timeZone ${name.job} { id name } } }`,
    ),
    dashboard: `query { ${name.projects('first: 10')} { nodes { name ${name.projectEnvironments('first: 3')} {
      nodes { name
        ${name.environmentRuns(`first: 5, ${name.ofStatus('FAILED')}`)} { nodes { id status ${name.job} { id name } } }
        ${name.environmentSchedules('first: 10')} { nodes { name ${name.job} { name } } } } } } } }`,
    runsBefore: `query ($id: ID!, $before: ${name.cursor}, $status: RunStatus!) { node(id: $id) { ... on Environment {
      ${name.environmentRuns(`last: 20, before: $before, ${name.ofStatus('$status')}`)} { edges { cursor node { ${run} } } ${backwardInfo} } } } }`,
    lookUps: `query (${lookUps.map(({ alias }) => `$${alias}: ID!`).join(' ')}) {
      ${lookUps.map(({ alias, type }) => `${alias}: node(id: $${alias}) { ... on ${type} { ${lookedUp[type]} } }`).join('\n')} }`,
    unknownJobs: `query ($id: ID!) { ${uniqueName}: node(id: $id) { ... on Environment {
      ${name.environmentJobs('first: 20')} { edges { cursor node { id name pairs } } ${pageInfo} } } } }`,
    environments: byId(
      'Project',
      `id name ${name.projectEnvironments('first: 3')} { nodes { id name ${name.environmentJobs('first: 3')} { nodes { id name } } } }`,
    ),
  };
}

/** Name of an operation. */
export type DocumentName = keyof ReturnType<typeof documents>;
