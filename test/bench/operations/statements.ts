import { lookUps, type DocumentName } from './documents.ts';
import { connection, nodes, object, plain, text, time, word } from './json-sql.ts';
import { mixedStatements } from './mixed-statements.ts';
import {
  all,
  environments,
  firstJobs,
  job,
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

/** What `lookUps` asks of each type. */
const lookedUp = {
  Project: {
    from: '"Project" AS p',
    id: 'p.id',
    fields: { ...named('Project', 'p'), directory: text('p.directory') },
  },
  Environment: {
    from: '"Environment" AS e',
    id: 'e.id',
    fields: { ...named('Environment', 'e'), envNames: text('e."envNames"') },
  },
  Job: { from: '"Job" AS j', id: 'j.id', fields: job },
  Run: { from: '"Run" AS r', id: 'r.id', fields: run },
};

/** The statement for each operation, which answers what the gateway does: one row with the text of the JSON. */
export const statements: Record<DocumentName, string> = {
  ...mixedStatements,
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
  jobs: one('"Environment" AS e', 'e', { jobs: firstJobs }),
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
      ...runsOfStatus('$2'),
      where: `${runsOfStatus('$2').where} AND r.id < $3::uuid`,
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
  dashboard: all({
    projects: nodes({
      from: '"Project" AS p',
      where: 'true',
      order: 'p.name, p.id',
      limit: 10,
      node: object({
        name: text('p.name'),
        environments: nodes({
          ...environments,
          limit: 3,
          node: object({
            name: text('e.name'),
            runs: nodes({
              ...runsOfStatus("'FAILED'"),
              from: '"Run" AS r JOIN "Job" AS j ON j.id = r."jobId"',
              limit: 5,
              node: object({ id: run.id, status: run.status, job: object(named('Job', 'j')) }),
            }),
            schedules: nodes({
              ...schedules,
              limit: 10,
              node: object({ name: text('c.name'), job: object({ name: text('j.name') }) }),
            }),
          }),
        }),
      }),
    }),
  }),
  runsBefore: one('"Environment" AS e', 'e', {
    runs: connection({
      ...runsOfStatus('$2'),
      where: `${runsOfStatus('$2').where} AND r.id > $3::uuid`,
      order: 'r.id',
      backward: true,
      bothWays: false,
    }),
  }),
  lookUps: all(
    Object.fromEntries(
      lookUps.map(({ alias, type }, i) => {
        const { from, id, fields } = lookedUp[type];
        return [alias, `(SELECT ${object(fields)} FROM ${from} WHERE ${id} = $${i + 1}::uuid)`];
      }),
    ),
  ),
  unknownJobs: `SELECT '{"data":{"' || $2 || '":' || ${object({ jobs: firstJobs })} || '}}' AS answer
    FROM "Environment" AS e WHERE e.id = $1::uuid`,
};
