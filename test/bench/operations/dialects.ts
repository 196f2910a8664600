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
  /** A document of a state, by its column. */
  document: (column: string) => string;
  /** The argument that lists runs of a status, which may be a variable. */
  ofStatus: (status: string) => string;
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
  document: (column) => `${column} { json }`,
  ofStatus: (status) => `filter: { statuses: [${status}] }`,
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
  document: (column) => column,
  ofStatus: (status) => `condition: { status: ${status} }`,
  cursor: 'Cursor',
};
