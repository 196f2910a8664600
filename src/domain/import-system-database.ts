import { Conflict, InputCheck, InvalidInput, NotFound } from '../errors.ts';
import type { SystemDatabase } from '../runner/system-database.ts';
import { isStorable } from '../runner/storable.ts';
import type { Statements } from '../store/index.ts';
import { carryOut, type Rules } from './carry-out.ts';
import { ImportReport, type ImportedSystemDatabase } from './import-report.ts';
import { quoted } from './names.ts';
import { findAndHoldProject, findProject } from './references.ts';
import type { Services } from './services.ts';
import { runsOf } from './system-runs.ts';
import { importStates, type StateChoices } from './system-states.ts';

/** Where a project's system database is unless its settings say otherwise. Source: Meltano `core/bundle/settings.yml`. */
export const defaultFile = '.meltano/meltano.db';

export interface ImportSystemDatabaseInput extends Rules, StateChoices {
  /** Id or path of the project. */
  project: string;
  /** One of the two; `defaultFile` when absent. */
  source?:
    { sqliteFile?: string | null | undefined; postgres?: string | null | undefined } | null | undefined;
}

/** Runs that one call writes: while it does, the embedded database serves nobody else. */
const maxRuns = 20_000;

const path = ['input', 'project'];

/**
 * Imports the states and the past runs of a Meltano system database into a project. Runs come once, by Meltano's id
 * of them, the newest first, as many as one call takes. The database is read before anything is held in the store,
 * since that takes as long as it takes.
 *
 * @throws NotFound, InvalidInput, Busy; Conflict when the database cannot be read
 */
export async function importSystemDatabase(
  services: Services,
  input: ImportSystemDatabaseInput,
): Promise<ImportedSystemDatabase> {
  // What is wrong with it counts only when the request is no repeated one.
  const [read] = await Promise.allSettled([readSource(services, input)]);
  const verb = async ({ store }: Services): Promise<ImportedSystemDatabase> => {
    if (read.status === 'rejected') throw read.reason;
    return store.transaction((tx) => write(tx, input, read.value));
  };
  return carryOut(services, { name: 'importSystemDatabase', verb }, input);
}

async function write(
  tx: Statements,
  input: ImportSystemDatabaseInput,
  { states, runs, leftOut }: SystemDatabase,
): Promise<ImportedSystemDatabase> {
  const { id } = await findAndHoldProject(tx, input.project, path, 'SHARED');
  const now = new Date();
  const report = new ImportReport();
  if (leftOut.states > 0) report.skip('STATE', null, 'TOO_MANY', leftOut.states);
  if (leftOut.runs > 0) report.skip('RUN', null, 'TOO_MANY', leftOut.runs);
  const environments = await environmentsOf(tx, id);
  await importStates(tx, environments, states, input, report);
  const found = runsOf(runs, environments, now, report);
  const ids = found.map(({ meltanoRunId }) => meltanoRunId);
  const known = new Set(await tx.knownImports(id, ids));
  const fresh = found.filter(({ meltanoRunId }) => !known.has(meltanoRunId));
  // The last are the newest.
  const taken = fresh.slice(-maxRuns);
  if (taken.length < fresh.length) report.isComplete = false;
  report.runs.imported = await tx.insertImportedRuns(taken, now);
  report.runs.unchanged = known.size + taken.length - report.runs.imported;
  return report.of(id);
}

/** @throws NotFound, InvalidInput, Conflict */
async function readSource(
  { store, systemDatabases }: Services,
  input: ImportSystemDatabaseInput,
): Promise<SystemDatabase> {
  const { directory } = await findProject(store, input.project, path);
  const { sqliteFile, postgres } = input.source ?? { sqliteFile: defaultFile };
  if (postgres != null && !systemDatabases.names.includes(postgres)) {
    const known = systemDatabases.names.map(quoted).join(', ');
    const message = `${quoted(postgres)} is none of the databases that the gateway may read: ${known === '' ? 'its setting --system-databases names none' : known}.`;
    throw new InvalidInput([{ path: ['input', 'source', 'postgres'], code: 'UNKNOWN_DATABASE', message }]);
  }
  const file = sqliteFile ?? defaultFile;
  const check = new InputCheck();
  if (file === '' || file.length > 1000 || !isStorable(file)) {
    check.add('source.sqliteFile', 'BAD_PATH', 'The path of a file has 1 to 1,000 characters, and no NUL.');
  }
  check.done();
  const reading =
    postgres == null
      ? await systemDatabases.readFile(directory, file)
      : await systemDatabases.readServer(postgres);
  if ('database' in reading) return reading.database;
  const { code, message } = reading.failure;
  const source = ['input', 'source', postgres == null ? 'sqliteFile' : 'postgres'];
  if (code === 'OUTSIDE') throw new InvalidInput([{ path: source, code: 'OUTSIDE', message }]);
  throw code === 'NO_FILE' ? new NotFound(message, source) : new Conflict(message, source);
}

/** The environments of a project with their jobs, by name; without what was deleted. */
async function environmentsOf(tx: Statements, projectId: string) {
  const isThere = ({ deleteTime }: { deleteTime: Date | null }): boolean => deleteTime === null;
  const jobs = (await tx.jobsOf(projectId)).filter(isThere);
  const environments = (await tx.environmentsOf(projectId)).filter(isThere);
  return new Map(
    environments.map((environment) => [
      environment.name,
      { ...environment, jobs: jobs.filter(({ environmentId }) => environmentId === environment.id) },
    ]),
  );
}
