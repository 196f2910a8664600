import {
  connection,
  globalId,
  idCursor,
  nameCursor,
  object,
  plain,
  sequenceCursor,
  text,
  time,
  word,
} from './json-sql.ts';

// A table goes by its first letter, but RunLog is l and Schedule is c.

/** What most operations ask of a run. */
export const run = {
  id: globalId('Run', 'r.id'),
  status: word('r.status'),
  startedAt: time('r."startedAt"'),
  endedAt: time('r."endedAt"'),
  endReason: word('r."endReason"'),
  exitCode: plain('r."exitCode"'),
  logCount: plain('r."logCount"'),
};

/** The id and the name of a row. */
export const named = (type: string, alias: string): Record<string, string> => ({
  id: globalId(type, `${alias}.id`),
  name: text(`${alias}.name`),
});

/** What most operations ask of a job. */
export const job = { ...named('Job', 'j'), pairs: text('j.pairs') };

/** What most operations ask of a line. */
export const line = {
  sequence: plain('l.sequence'),
  timestamp: time('l."timestamp"'),
  level: word('l.level'),
};

// The bounds say nothing new, yet they make PostgreSQL take the index that begins with the column.
const runsOf = (column: string, id: string): string =>
  `r."${column}" = ${id} AND r."${column}" BETWEEN ${id} AND ${id}`;
const existing = (alias: string, column: string, id: string): string =>
  `${alias}."${column}" = ${id} AND ${alias}."deletedAt" IS NULL`;
const newest = { order: 'r.id DESC', cursor: idCursor('r.id') };

/** The environments of a project, by name. */
export const environments = {
  from: '"Environment" AS e',
  where: existing('e', 'projectId', 'p.id'),
  order: 'e.name, e.id',
};

/** The jobs of an environment, by name. */
export const jobs = {
  from: '"Job" AS j',
  where: existing('j', 'environmentId', 'e.id'),
  order: 'j.name, j.id',
  cursor: nameCursor('j.name', 'j.id'),
};

/** The first page of them. */
export const firstJobs = connection({ ...jobs, limit: 20, node: object(job) });

/** The schedules of an environment, by name, with their jobs. */
export const schedules = {
  from: '"Schedule" AS c JOIN "Job" AS j ON j.id = c."jobId"',
  where: existing('c', 'environmentId', 'e.id'),
  order: 'c.name, c.id',
};

/** The runs of a job, the newest first. */
export const jobRuns = { from: '"Run" AS r', where: runsOf('jobId', 'j.id'), ...newest, node: object(run) };

/** The runs of an environment that have a status, the newest first. */
export const runsOfStatus = (status: string) => ({
  from: '"Run" AS r',
  where: `${runsOf('environmentId', 'e.id')} AND r.status = ${status}::"RunStatus"`,
  ...newest,
  node: object(run),
  limit: 20,
});

/** The lines of a run, the last first; a page of them is read from its end. */
export const runLogs = {
  from: '"RunLog" AS l',
  where: 'l."runId" = r.id',
  order: 'l.sequence DESC',
  cursor: sequenceCursor('l.sequence'),
  backward: true,
};

/** A statement that answers for one row, whose id is the first parameter. */
export const one = (from: string, alias: string, answer: Record<string, string>): string =>
  `SELECT ${object({ data: object({ node: object(answer) }) })} AS answer FROM ${from} WHERE ${alias}.id = $1::uuid`;

/** A statement that begins at no row. */
export const all = (answer: Record<string, string>): string =>
  `SELECT ${object({ data: object(answer) })} AS answer`;
