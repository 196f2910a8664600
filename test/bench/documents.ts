/** How one of the APIs names the lists, each with the order that all of them use, and what else differs. */
export interface Dialect {
  projects: (page: string) => string;
  projectEnvironments: (page: string) => string;
  environmentJobs: (page: string) => string;
  environmentSchedules: (page: string) => string;
  environmentStates: (page: string) => string;
  environmentRuns: (page: string) => string;
  jobRuns: (page: string) => string;
  runLogs: (page: string) => string;
  runMetrics: (page: string) => string;
  stateVersions: (page: string) => string;
  project: string;
  environment: string;
  job: string;
  /** The argument that lists runs of the status `$status`. */
  ofStatus: string;
  /** The type of a cursor. */
  cursor: string;
}

/** The names of the gateway's API. */
export const gateway: Dialect = {
  projects: (page) => `projects(${page})`,
  projectEnvironments: (page) => `environments(${page})`,
  environmentJobs: (page) => `jobs(${page})`,
  environmentSchedules: (page) => `schedules(${page})`,
  environmentStates: (page) => `states(${page})`,
  environmentRuns: (page) => `runs(${page})`,
  jobRuns: (page) => `runs(${page})`,
  runLogs: (page) => `logs(${page})`,
  runMetrics: (page) => `metrics(${page})`,
  stateVersions: (page) => `versions(${page})`,
  project: 'project',
  environment: 'environment',
  job: 'job',
  ofStatus: 'filter: { statuses: [$status] }',
  cursor: 'String',
};

/** The names that PostGraphile makes of the tables; the answers have the gateway's. */
export const postgraphile: Dialect = {
  projects: (page) => `projects: allProjects(${page}, orderBy: [NAME_ASC])`,
  projectEnvironments: (page) => `environments: environmentsByProjectId(${page}, orderBy: [NAME_ASC])`,
  environmentJobs: (page) => `jobs: jobsByEnvironmentId(${page}, orderBy: [NAME_ASC])`,
  environmentSchedules: (page) => `schedules: schedulesByEnvironmentId(${page}, orderBy: [NAME_ASC])`,
  environmentStates: (page) => `states: statesByEnvironmentId(${page}, orderBy: [STATE_ID_ASC])`,
  environmentRuns: (page) => `runs: runsByEnvironmentId(${page}, orderBy: [PRIMARY_KEY_DESC])`,
  jobRuns: (page) => `runs: runsByJobId(${page}, orderBy: [PRIMARY_KEY_DESC])`,
  runLogs: (page) => `logs: runLogsByRunId(${page}, orderBy: [SEQUENCE_ASC])`,
  runMetrics: (page) => `metrics: runMetricsByRunId(${page}, orderBy: [PLUGIN_ASC, STREAM_ASC, NAME_ASC])`,
  stateVersions: (page) => `versions: stateVersionsByStateRowId(${page}, orderBy: [VERSION_DESC])`,
  project: 'project: projectByProjectId',
  environment: 'environment: environmentByEnvironmentId',
  job: 'job: jobByJobId',
  ofStatus: 'condition: { status: $status }',
  cursor: 'Cursor',
};

const run = 'id status startedAt endedAt endReason exitCode logCount';
const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
// PostGraphile does not find out whether rows lie before a cursor, and says no.
const forwardInfo = 'pageInfo { hasNextPage startCursor endCursor }';
const byId = (type: string, selection: string): string =>
  `query ($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`;

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
      ${name.environmentRuns(`first: 20, after: $after, ${name.ofStatus}`)} { edges { cursor node { ${run} } } ${forwardInfo} } } } }`,
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
      ${name.environmentRuns(`first: 20, ${name.ofStatus}`)} { edges { cursor node { ${run} } } } } } }`,
    logs: byId(
      'Run',
      `${name.runLogs('last: 20')} { edges { cursor node { sequence timestamp level message } } }`,
    ),
    states: byId(
      'Environment',
      `${name.environmentStates('first: 10')} { nodes { id stateId version updatedAt completed } }`,
    ),
    stateVersions: byId(
      'State',
      `id stateId ${name.stateVersions('first: 10')} { nodes { id version change changedAt } }`,
    ),
    schedules: byId(
      'Environment',
      `${name.environmentSchedules('first: 20')} { nodes { id name interval cron timeZone ${name.job} { id name } } }`,
    ),
    environments: byId(
      'Project',
      `id name ${name.projectEnvironments('first: 3')} { nodes { id name ${name.environmentJobs('first: 3')} { nodes { id name } } } }`,
    ),
  };
}

/** Name of an operation. */
export type DocumentName = keyof ReturnType<typeof documents>;
