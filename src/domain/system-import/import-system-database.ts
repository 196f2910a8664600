import { Conflict, InputCheck, InvalidInput, NotFound } from '../../errors.ts';
import type { SystemDatabase } from '../../runner/system-database/system-database.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';
import type { Statements } from '../../store/index.ts';
import { applyRules, type Rules } from '../rules/apply-rules.ts';
import { ImportReport, type ImportedSystemDatabase } from './import-report.ts';
import { quoted } from '../../lib/quoted.ts';
import { environmentGone, findAndLockProject, findEnvironment, findProject } from '../naming/references.ts';
import type { ImportedRun } from '../../store/runs/imported-runs.ts';
import type { Environments } from './environment-in.ts';
import { TimeBudget } from './time-budget.ts';
import type { Gateway } from '../gateway.ts';
import { runsOf, type EnvironmentWithJobs } from './system-runs.ts';
import { statesToWrite, writeStates, type StateChoices, type StatesToWrite } from './system-states.ts';

/** Where a project's system database is by default. Source: Meltano `core/bundle/settings.yml`. */
export const defaultFile = '.meltano/meltano.db';

export interface ImportSystemDatabaseInput extends Rules, StateChoices {
  /** Id or path of the project. */
  project: string;
  /** Exactly one of them; `defaultFile` when absent. */
  /** Id or path of an environment of the project, for state ids that name none; these are left out when absent. */
  environment?: string | null | undefined;
  source?:
    { sqliteFile?: string | null | undefined; postgres?: string | null | undefined } | null | undefined;
}

/** The most runs that one call writes. The embedded database serves no other requests in the meantime. */
const maxRuns = 20_000;

/** The most runs that one statement writes. */
const runsAtOnce = 5000;

const path = ['input', 'project'];

/**
 * Imports the states and the past runs of a Meltano system database into a project. Each run is imported
 * once, found by Meltano's id of it. One call imports the newest runs, up to `maxRuns`, and what it can write in
 * some seconds. The system database is read and compared before any row of the store is locked, because that can take
 * long.
 *
 * @throws NotFound, InvalidInput, Busy; Conflict when the database cannot be read
 */
export async function importSystemDatabase(
  gateway: Gateway,
  input: ImportSystemDatabaseInput,
): Promise<ImportedSystemDatabase> {
  // An error is thrown later: a repeated request gets its first answer even if the database cannot be read
  // now.
  const [plan] = await Promise.allSettled([planImport(gateway, input)]);
  const verb = async ({ transaction }: Gateway): Promise<ImportedSystemDatabase> => {
    if (plan.status === 'rejected') throw plan.reason;
    return transaction((tx) => write(tx, input, plan.value));
  };
  return applyRules(gateway, { name: 'importSystemDatabase', verb }, input);
}

/** What an import found and will write. */
interface Plan {
  environmentIds: string[];
  states: StatesToWrite[];
  /** The oldest first. */
  runs: ImportedRun[];
  report: ImportReport;
}

/** @throws NotFound, InvalidInput, Conflict */
async function planImport(gateway: Gateway, input: ImportSystemDatabaseInput): Promise<Plan> {
  const { db } = gateway;
  const { id, directory } = await findProject(db, input.project, path);
  const { states, runs, leftOut } = await readSource(gateway, directory, input);
  const report = new ImportReport();
  if (leftOut.states > 0) report.skip('STATE', null, 'TOO_MANY', leftOut.states);
  if (leftOut.runs > 0) report.skip('RUN', null, 'TOO_MANY', leftOut.runs);
  const environments = await environmentsOf(db, id, input.environment);
  const toWrite = await statesToWrite(db, environments, states, input, report);
  const found = runsOf(runs, environments, await db.now(), report);
  const ids = found.map(({ meltanoRunId }) => meltanoRunId);
  const known = new Set(await db.importedRuns.known(id, ids));
  report.runs.unchanged = known.size;
  return {
    environmentIds: [...environments.byName.values()].map((environment) => environment.id),
    states: toWrite,
    runs: found.filter(({ meltanoRunId }) => !known.has(meltanoRunId)),
    report,
  };
}

async function write(
  tx: Statements,
  input: ImportSystemDatabaseInput,
  { environmentIds, states, runs, report }: Plan,
): Promise<ImportedSystemDatabase> {
  const budget = new TimeBudget();
  const { id } = await findAndLockProject(tx, input.project, path, 'SHARED');
  const present = new Set((await tx.environments.of(id)).flatMap((one) => (one.deletedAt ? [] : [one.id])));
  if (!environmentIds.every((environmentId) => present.has(environmentId))) throw environmentGone();
  await writeStates(tx, states, input, budget, report);
  // The last ones are the newest.
  const newest = runs.slice(-maxRuns).reverse();
  const importedAt = await tx.now();
  const written = await budget.writeInBatches(newest, runsAtOnce, async (batch) => {
    const inserted = await tx.importedRuns.insert(batch, importedAt);
    report.runs.imported += inserted;
    report.runs.unchanged += batch.length - inserted;
  });
  if (written < runs.length) report.isComplete = false;
  return report.of(id);
}

/** @throws NotFound, InvalidInput, Conflict */
async function readSource(
  { systemDatabases }: Gateway,
  directory: string,
  input: ImportSystemDatabaseInput,
): Promise<SystemDatabase> {
  const { sqliteFile, postgres } = input.source ?? { sqliteFile: defaultFile };
  if (postgres != null && !systemDatabases.names.includes(postgres)) {
    const known = systemDatabases.names.map(quoted).join(', ');
    const message = `${quoted(postgres)} is none of the databases that the gateway may read: ${known === '' ? 'its setting --system-databases names none' : known}.`;
    throw new InvalidInput([{ path: ['input', 'source', 'postgres'], code: 'UNKNOWN_DATABASE', message }]);
  }
  const file = sqliteFile ?? defaultFile;
  const check = new InputCheck();
  if (file === '' || file.length > 1000 || !isPostgresText(file)) {
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

/**
 * The environments of a project with their jobs. Deleted ones are left out.
 *
 * @param otherwise id or path of the one for state ids that name none
 * @throws NotFound, InvalidInput
 */
async function environmentsOf(
  db: Statements,
  projectId: string,
  otherwise: string | null | undefined,
): Promise<Environments<EnvironmentWithJobs>> {
  const isThere = ({ deletedAt }: { deletedAt: Date | null }): boolean => deletedAt === null;
  const jobs = (await db.jobs.of(projectId)).filter(isThere);
  const environments = (await db.environments.of(projectId)).filter(isThere).map((environment) => ({
    ...environment,
    jobs: jobs.filter(({ environmentId }) => environmentId === environment.id),
  }));
  const byName = new Map(environments.map((environment) => [environment.name, environment]));
  if (otherwise == null) return { byName, otherwise: null };
  const at = ['input', 'environment'];
  const chosen = await findEnvironment(db, otherwise, at);
  const own = environments.find(({ id }) => id === chosen.id);
  if (own) return { byName, otherwise: own };
  const message = 'The environment belongs to another project.';
  throw new InvalidInput([{ path: at, code: 'OTHER_PROJECT', message }]);
}
