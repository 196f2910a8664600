import type { DocumentName } from './documents.ts';
import {
  connection,
  edges,
  globalId,
  idCursor,
  nameCursor,
  nodes,
  object,
  plain,
  sequenceCursor,
  text,
  time,
  word,
} from './json-sql.ts';

const run = {
  id: globalId('Run', 'r.id'),
  status: word('r.status'),
  startedAt: time('r."startedAt"'),
  endedAt: time('r."endedAt"'),
  endReason: word('r."endReason"'),
  exitCode: plain('r."exitCode"'),
  logCount: plain('r."logCount"'),
};
const named = (type: string, alias: string): Record<string, string> => ({
  id: globalId(type, `${alias}.id`),
  name: text(`${alias}.name`),
});
const byName = { order: 'j.name, j.id', cursor: nameCursor('j.name', 'j.id') };
const newest = { order: 'r.id DESC', cursor: idCursor('r.id') };
const lines = { order: 'l.sequence DESC', cursor: sequenceCursor('l.sequence'), backward: true };

// The bounds say nothing new, yet they make PostgreSQL take the index that begins with the column.
const owned = (column: string, id: string): string =>
  `r."${column}" = ${id} AND r."${column}" BETWEEN ${id} AND ${id}`;
const existing = (alias: string, column: string, id: string): string =>
  `${alias}."${column}" = ${id} AND ${alias}."deleteTime" IS NULL`;

const jobs = { from: '"Job" AS j', where: existing('j', 'environmentId', 'e.id'), ...byName };
const jobRuns = { from: '"Run" AS r', where: owned('jobId', 'j.id'), ...newest, node: object(run) };
const environments = {
  from: '"Environment" AS e',
  where: existing('e', 'projectId', 'p.id'),
  order: 'e.name, e.id',
};
const ofStatus = {
  from: '"Run" AS r',
  where: `${owned('environmentId', 'e.id')} AND r.status = $2::"RunStatus"`,
  ...newest,
  node: object(run),
  limit: 20,
};
const runLogs = { from: '"RunLog" AS l', where: 'l."runId" = r.id', ...lines };
const line = { sequence: plain('l.sequence'), timestamp: time('l."timestamp"'), level: word('l.level') };

const one = (from: string, alias: string, answer: Record<string, string>): string =>
  `SELECT ${object({ data: object({ node: object(answer) }) })} AS answer FROM ${from} WHERE ${alias}.id = $1::uuid`;
const all = (answer: Record<string, string>): string =>
  `SELECT ${object({ data: object(answer) })} AS answer`;

/** The statement for each operation, which answers what the gateway does: one row with the text of the JSON. */
export const statements: Record<DocumentName, string> = {
  run: one('"Run" AS r', 'r', {
    ...run,
    kind: word('r.kind'),
    command: text('r.command'),
    fullRefresh: plain('r."fullRefresh"'),
    refreshCatalog: plain('r."refreshCatalog"'),
    noStateUpdate: plain('r."noStateUpdate"'),
    stateStrategy: word('r."stateStrategy"'),
    heartbeatAt: time('r."heartbeatAt"'),
    workerId: text('r."workerId"'),
    processId: plain('r."processId"'),
    errorMessage: text('r."errorMessage"'),
  }),
  jobs: one('"Environment" AS e', 'e', {
    jobs: connection({ ...jobs, limit: 20, node: object({ ...named('Job', 'j'), pairs: text('j.pairs') }) }),
  }),
  jobsWithRuns: one('"Environment" AS e', 'e', {
    jobs: connection({
      ...jobs,
      limit: 20,
      node: object({ ...named('Job', 'j'), runs: connection({ ...jobRuns, limit: 5 }) }),
    }),
  }),
  tree: all({
    projects: nodes({
      from: '"Project" AS p',
      where: 'true',
      order: 'p.name, p.id',
      limit: 10,
      node: object({
        ...named('Project', 'p'),
        environments: nodes({
          ...environments,
          limit: 3,
          node: object({
            ...named('Environment', 'e'),
            jobs: nodes({
              ...jobs,
              limit: 5,
              node: object({ ...named('Job', 'j'), runs: nodes({ ...jobRuns, limit: 5 }) }),
            }),
          }),
        }),
      }),
    }),
  }),
  runsOfStatus: one('"Environment" AS e', 'e', {
    runs: connection({
      ...ofStatus,
      where: `${ofStatus.where} AND r.id < $3::uuid`,
      bothWays: false,
    }),
  }),
  runWithLogs: one('"Run" AS r', 'r', {
    ...run,
    logs: connection({
      ...runLogs,
      limit: 100,
      node: object({
        ...line,
        plugin: text('l.plugin'),
        message: text('l.message'),
        fields: plain('l.fields'),
      }),
    }),
    metrics: nodes({
      from: '"RunMetric" AS m',
      where: 'm."runId" = r.id',
      order: 'm.plugin, m.stream, m.name',
      limit: 20,
      node: object({
        plugin: text('m.plugin'),
        stream: text('m.stream'),
        name: text('m.name'),
        value: plain('m.value'),
      }),
    }),
  }),
  projects: all({
    projects: edges({
      from: '"Project" AS p',
      where: 'true',
      order: 'p.name, p.id',
      limit: 20,
      cursor: nameCursor('p.name', 'p.id'),
      node: object({
        ...named('Project', 'p'),
        manifestMode: word('p."manifestMode"'),
        importedAt: time('p."importedAt"'),
      }),
    }),
  }),
  environment: one('"Environment" AS e JOIN "Project" AS p ON p.id = e."projectId"', 'e', {
    ...named('Environment', 'e'),
    envNames: text('e."envNames"'),
    project: object({ ...named('Project', 'p'), directory: text('p.directory') }),
  }),
  job: one('"Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId"', 'j', {
    ...named('Job', 'j'),
    pairs: text('j.pairs'),
    environment: object(named('Environment', 'e')),
    runs: edges({ ...jobRuns, limit: 10 }),
  }),
  runInContext: one(
    '"Run" AS r JOIN "Job" AS j ON j.id = r."jobId" JOIN "Environment" AS e ON e.id = r."environmentId" JOIN "Project" AS p ON p.id = r."projectId"',
    'r',
    {
      ...run,
      job: object(named('Job', 'j')),
      environment: object(named('Environment', 'e')),
      project: object(named('Project', 'p')),
    },
  ),
  newestRuns: one('"Environment" AS e', 'e', { runs: edges(ofStatus) }),
  logs: one('"Run" AS r', 'r', {
    logs: `(SELECT '{"edges":[' || string_agg(${object({
      cursor: word(runLogs.cursor),
      node: object({ ...line, message: text('l.message') }),
    })}, ',' ORDER BY l.sequence) || ']}' FROM (
      SELECT l.* FROM ${runLogs.from} WHERE ${runLogs.where} ORDER BY ${runLogs.order} LIMIT 20) AS l)`,
  }),
  states: one('"Environment" AS e', 'e', {
    states: nodes({
      from: '"State" AS s',
      where: 's."environmentId" = e.id',
      order: 's."stateId", s.id',
      limit: 10,
      node: object({
        id: globalId('State', 's.id'),
        stateId: text('s."stateId"'),
        version: plain('s.version'),
        updatedAt: time('s."updatedAt"'),
        completed: plain('s.completed'),
      }),
    }),
  }),
  stateVersions: one('"State" AS s', 's', {
    id: globalId('State', 's.id'),
    stateId: text('s."stateId"'),
    versions: nodes({
      from: '"StateVersion" AS v',
      where: 'v."stateRowId" = s.id',
      order: 'v.version DESC',
      limit: 10,
      node: object({
        id: globalId('StateVersion', 'v.id'),
        version: plain('v.version'),
        change: word('v.change'),
        changedAt: time('v."changedAt"'),
      }),
    }),
  }),
  schedules: one('"Environment" AS e', 'e', {
    schedules: nodes({
      from: '"Schedule" AS c JOIN "Job" AS j ON j.id = c."jobId"',
      where: existing('c', 'environmentId', 'e.id'),
      order: 'c.name, c.id',
      limit: 20,
      node: object({
        ...named('Schedule', 'c'),
        interval: text('c.interval'),
        cron: text('c.cron'),
        timeZone: text('c."timeZone"'),
        job: object(named('Job', 'j')),
      }),
    }),
  }),
  environments: one('"Project" AS p', 'p', {
    ...named('Project', 'p'),
    environments: nodes({
      ...environments,
      limit: 3,
      node: object({
        ...named('Environment', 'e'),
        jobs: nodes({ ...jobs, limit: 3, node: object(named('Job', 'j')) }),
      }),
    }),
  }),
};
