import { edges, globalId, nameCursor, nodes, object, plain, text, time, word } from './json-sql.ts';
import {
  all,
  environments,
  jobRuns,
  jobs,
  line,
  named,
  one,
  run,
  runLogs,
  runsOfStatus,
  schedules,
} from './rows.ts';

/** The statements of the operations that are measured mixed. */
export const mixedStatements = {
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
  newestRuns: one('"Environment" AS e', 'e', { runs: edges(runsOfStatus('$2')) }),
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
        completed: object({ json: plain('s.completed') }),
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
      ...schedules,
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
};
