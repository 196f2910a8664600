import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { updateEnvironment } from './domain/environments/update-environment.ts';
import type { Gateway } from './domain/gateway.ts';
import { readOf } from './domain/mirror/read-manifests.ts';
import { addUnreadableProject, importProject, nameOfDirectory } from './domain/projects/import-project.ts';
import { refusedCycle } from './domain/schedules/following/refuse-cycle.ts';
import { Refusal } from './errors.ts';
import { ManifestError } from './manifest/manifest.ts';
import { readManifest } from './manifest/read-manifest.ts';

/** The gateway cannot start as asked. The message tells the user why. */
export class StartError extends Error {
  override name = 'StartError';
}

/** Where the projects of a worker are, by their names in the store. */
export function directoriesOf(projects: Config['projects']): ReadonlyMap<string, string> {
  return new Map(projects.map(({ name, directory }) => [name ?? nameOfDirectory(directory), directory]));
}

/** Checks the projects' directories before anything is started. @throws StartError */
export async function checkDirectories(projects: Config['projects']): Promise<void> {
  for (const { directory } of projects) {
    const stats = await stat(directory).catch(() => null);
    if (!stats) throw new StartError(`There is no directory ${directory}.`);
    if (!stats.isDirectory()) throw new StartError(`${directory} is not a directory.`);
  }
}

/**
 * Imports a project. When the files of a known one cannot be read, it stays as it was imported last. A new one is served
 * without contents: one project must not keep the others from their start. A project that was deleted through the API
 * stays deleted.
 *
 * @returns a list with its name, or an empty list
 * @throws StartError
 */
export async function importProjectAt(
  gateway: Gateway,
  { name, directory }: Config['projects'][number],
): Promise<string[]> {
  const { db, log, deletedRetentionMs } = gateway;
  const known = await db.projects.byDirectory(directory);
  const gone = await db.projects.deletedIn(directory, deletedRetentionMs);
  if (gone) {
    log.warn(
      { project: gone.name, directory, deletedAt: gone.deletedAt },
      'project was deleted and is not served; bring it back with undelete, or leave it out of --project',
    );
    return [];
  }
  try {
    // Nobody is served yet who would have to wait.
    const manifest = readOf(await readManifest(directory));
    const { project, created, updated, deleted } = await importProject(gateway, manifest, name ?? undefined);
    log.info({ project: project.name, created, updated, deleted }, 'project imported');
    return [project.name];
  } catch (error) {
    const refused = refusedCycle(error);
    if (known && refused instanceof Refusal) {
      const reason = refused.message;
      log.error({ project: known.name, reason }, 'project cannot be imported and is served as it was');
      return [known.name];
    }
    if (!(error instanceof ManifestError)) throw error;
    const { findings } = error;
    if (known) {
      log.error({ project: known.name, findings }, 'project cannot be imported and is served as it was');
      return [known.name];
    }
    if (!(await stat(join(directory, 'meltano.yml')).catch(() => null))) {
      throw new StartError(`${directory} is no Meltano project: there is no meltano.yml in it.`);
    }
    const added = await addUnreadableProject(gateway, directory, findings, name ?? undefined);
    log.error({ project: added.name, findings }, 'project cannot be imported and is served without contents');
    return [added.name];
  }
}

/** Enables the imported schedules of an environment. @throws StartError when there is no such environment */
export async function enableSchedules(gateway: Gateway, environment: string): Promise<void> {
  try {
    await updateEnvironment(gateway, { environment, schedules: 'ENABLED' });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new StartError(`--schedules ${environment}: ${error.message}`);
  }
}
