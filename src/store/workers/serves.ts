/**
 * How long a worker may be silent before others take its place where a run could wait for it, in milliseconds. It reports
 * that it is alive every five seconds.
 */
export const suspectMs = 15_000;

/**
 * SQL: whether a worker has the files of a project. Those in the directory that was imported are the project's, also when
 * they were edited since; in any other place they must be the same as those that were imported.
 *
 * @param worker name of a row of `Worker` in the statement
 * @param projectId SQL of the project's id
 */
export function hasFiles(worker: string, projectId: string): string {
  return `EXISTS (
    SELECT FROM "WorkerProject" AS wp JOIN "Project" AS p ON p.id = wp."projectId"
    WHERE wp."workerId" = ${worker}.id AND wp."projectId" = ${projectId} AND ${filesFit(worker, 'wp', 'p')}
  )`;
}

/** SQL: whether the files that a row of `WorkerProject` tells of are those of the project. */
export function filesFit(worker: string, files: string, project: string): string {
  return `(
    ${project}."manifestMode" = 'MANAGED' OR ${project}."filesDigest" IS NULL
    OR ${files}."filesDigest" = ${project}."filesDigest"
    OR (${project}."importedHost" = ${worker}.host AND ${project}.directory = ${files}.directory)
  )`;
}

/** SQL: whether a worker can execute a run now. */
export function canExecute(worker: string, run: string): string {
  return `${isDue(run)} AND ${isUnexpired(run)} AND ${canServe(worker, run)}`;
}

/** SQL: whether a run may still start. */
export function isUnexpired(run: string): string {
  return `(${run}."expiresAt" IS NULL OR ${run}."expiresAt" > statement_timestamp())`;
}

/** SQL: whether the time has come before which a run is not to start. */
export function isDue(run: string): string {
  return `(${run}."runAt" IS NULL OR ${run}."runAt" <= statement_timestamp())`;
}

/**
 * SQL: whether a worker can execute a run whose time has come: it takes new ones, has the labels, and has the files of the
 * project.
 */
export function canServe(worker: string, run: string): string {
  return `${worker}."drainingAt" IS NULL AND ${run}.labels <@ ${worker}.labels AND ${hasFiles(worker, `${run}."projectId"`)}`;
}

/** SQL: whether a worker is alive, as far as others can see. */
export function isAlive(worker: string): string {
  return `${worker}."heartbeatAt" > statement_timestamp() - interval '${suspectMs} milliseconds'`;
}
