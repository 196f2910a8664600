import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { importProject } from './domain/import-project.ts';
import type { Log, Services } from './domain/services.ts';
import { adviser } from './manifest/advice.ts';
import { ManifestError } from './manifest/manifest.ts';
import { readManifest } from './manifest/read-manifest.ts';
import type { Environment } from './runner/environment.ts';
import { readManifestSchema } from './runner/manifest-schema.ts';
import { meltanoVersion } from './runner/meltano-version.ts';
import { systemDatabases } from './runner/system-databases.ts';
import { startServer } from './server/server.ts';
import { openStore, type Store, type StoreOptions } from './store/index.ts';
import { startWorker, type Worker } from './worker/worker.ts';

/** The whole gateway, running. */
export interface App {
  url: string;
  store: Store;
  /** Names of the projects that it serves. */
  projects: string[];
  /** Stops in order: no new requests, no new runs, time for those that are running, then the store. */
  stop: (drainSeconds?: number) => Promise<void>;
}

/** The part of a gateway that executes runs. */
export type WorkingApp = Omit<App, 'url'>;

export interface AppOptions {
  config: Omit<Config, 'command' | 'demoHome' | 'logLevel' | 'logQueries' | 'cluster'>;
  log: Log;
  /** Where runs inherit variables from. */
  env: Environment;
  onQuery?: StoreOptions['onQuery'];
}

/** What was asked for at the start cannot be done; the message says so to whoever asked. */
export class StartError extends Error {
  override name = 'StartError';
}

/**
 * Puts the whole gateway together and starts it; what was started is stopped again when something fails.
 *
 * @throws StartError, DataDirectoryHeld, DatabaseUnavailable, and what `startServer` throws
 */
export async function startApp(options: AppOptions): Promise<App> {
  return (await start(options, { serves: true, works: true })) as App;
}

/** Starts the part that imports the projects and executes runs. @throws as `startApp` */
export async function startWorking(options: AppOptions): Promise<WorkingApp> {
  return start(options, { serves: false, works: true });
}

/** Starts the part that serves requests, for projects that were imported. @throws as `startApp` */
export async function startServing(options: AppOptions): Promise<App> {
  const config = { ...options.config, projects: [] };
  return (await start({ ...options, config }, { serves: true, works: false })) as App;
}

async function start(
  { config, log, env, onQuery }: AppOptions,
  { serves, works }: { serves: boolean; works: boolean },
): Promise<WorkingApp & { url: string | null }> {
  await checkDirectories(config.projects);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const store = await openStore({
      location: config.database,
      onError: (error) => log.warn({ err: error }, 'trouble with the database in the background'),
      ...(onQuery ? { onQuery } : {}),
    });
    closers.push(store.close);
    const services: Services = {
      store,
      log,
      deletedRetentionMs: config.deletedRetentionDays * 24 * 3600 * 1000,
      systemDatabases: systemDatabases({ meltano: config.meltano, env, servers: config.systemDatabases }),
      projectsDirectory: resolve(config.dataDirectory, 'projects'),
      advise: adviser(await readManifestSchema(config.meltano, env)),
    };
    const projects: string[] = [];
    for (const project of config.projects) projects.push(...(await importProjectAt(services, project)));

    let drainSeconds = config.drainSeconds;
    let worker: Worker | null = null;
    closers.push(async () => worker?.stop(drainSeconds * 1000));
    const server = serves ? await startServer(services, config.host, config.port) : null;
    if (server) closers.push(server.close);
    // Last, so that a start that fails takes no runs.
    if (works && config.slots > 0) worker = await startWorkerOf(services, config, env);
    if (works) void sayVersion(config.meltano, env, log);
    return {
      url: server?.url ?? null,
      store,
      projects,
      stop: (seconds = config.drainSeconds) => {
        drainSeconds = seconds;
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startWorkerOf(
  services: Services,
  config: AppOptions['config'],
  env: Environment,
): Promise<Worker> {
  return startWorker(
    {
      services,
      workerId: `${hostname()}/${randomUUID()}`,
      meltano: config.meltano,
      runsDirectory: join(config.dataDirectory, 'runs'),
      catalogsDirectory: join(config.dataDirectory, 'catalogs'),
      baseEnv: env,
      passEnv: config.passEnv,
      graceMs: config.graceSeconds * 1000,
    },
    { runs: config.slots, services: config.serviceSlots },
    config.database.kind !== 'SERVER',
  );
}

/** Checks what a start needs from the projects' directories, before anything is started. @throws StartError */
async function checkDirectories(projects: AppOptions['config']['projects']): Promise<void> {
  for (const { directory } of projects) {
    const stats = await stat(directory).catch(() => null);
    if (!stats) throw new StartError(`There is no directory ${directory}.`);
    if (!stats.isDirectory()) throw new StartError(`${directory} is not a directory.`);
  }
}

// A project whose files have become unreadable goes on as it was imported last; one that was never
// imported stops the start, since somebody has just named it. One that was deleted through the API stays so.
//
// Resolves to its name, or to none.
async function importProjectAt(
  services: Services,
  { name, directory }: AppOptions['config']['projects'][number],
): Promise<string[]> {
  const { store, log, deletedRetentionMs } = services;
  const known = await store.projectByDirectory(directory);
  const gone = await store.deletedProjectIn(directory, new Date(Date.now() - deletedRetentionMs));
  if (gone) {
    log.warn(
      { project: gone.name, directory, deleteTime: gone.deleteTime },
      'project was deleted and is not served; bring it back with undelete, or leave it out of --project',
    );
    return [];
  }
  try {
    const manifest = await readManifest(directory);
    const { project, created, updated, deleted } = await importProject(services, manifest, name ?? undefined);
    log.info({ project: project.name, created, updated, deleted }, 'project imported');
    return [project.name];
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    if (!known) throw new StartError(await whyNotImported(directory, error));
    log.error(
      { project: known.name, findings: error.findings },
      'project cannot be imported and is served as it was',
    );
    return [known.name];
  }
}

async function whyNotImported(directory: string, error: ManifestError): Promise<string> {
  return (await stat(join(directory, 'meltano.yml')).catch(() => null))
    ? `The project in ${directory} cannot be imported.\n${error.message}`
    : `${directory} is no Meltano project: there is no meltano.yml in it.`;
}

async function sayVersion(meltano: string, env: Environment, log: Log): Promise<void> {
  const { version, failure } = await meltanoVersion(meltano, env);
  if (failure) log.warn({ meltano }, `runs will fail: ${failure.message}`);
  else log.info({ meltano, version }, 'meltano found');
}
