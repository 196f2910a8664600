import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pluginTypes } from './command.ts';
import { writeStates } from './state-files.ts';
import type { StateToWrite } from './state-files.ts';

/** Where the private files of one run are. */
export interface RunDirectory {
  root: string;
  /** `MELTANO_SYS_DIR_ROOT`: plugin configuration in clear while the run goes on, catalogs, links to venvs. */
  system: string;
  /** The directory behind `stateUri`. */
  state: string;
  stateUri: string;
  databaseUri: string;
  /** `XDG_STATE_HOME`: Meltano's own log files. */
  stateHome: string;
  /** A path at which no file is. */
  loggingConfig: string;
}

/**
 * Names the parts of a run's directory without touching the disk.
 *
 * @throws Error for a path Meltano would not take literally: it expands `$` in settings, and `?`, `#` and `%`
 * mean something else in a URI.
 */
export function runDirectoryAt(root: string): RunDirectory {
  if (!isAbsolute(root) || /[?#%$]/.test(root)) {
    throw new Error(`A run directory must be an absolute path without ? # % or $, not "${root}".`);
  }
  const state = join(root, 'state');
  return {
    root,
    system: join(root, 'system'),
    state,
    stateUri: `file://${state}`,
    databaseUri: `sqlite:///${join(root, 'meltano.db')}`,
    stateHome: join(root, 'logs'),
    // With the suffix .yaml Meltano is silent about a missing file; with any other it logs that it uses it.
    loggingConfig: join(root, 'no-logging.yaml'),
  };
}

interface Preparation {
  runDirectory: string;
  projectDirectory: string;
  /** Written where the run reads them. */
  states?: ReadonlyMap<string, StateToWrite>;
}

/**
 * Makes the private directory of a run, readable by its owner alone, with the project's virtual environments
 * linked in and the given states in place. Two runs of one tap would otherwise share its state, catalog and
 * configuration files, which Meltano keeps in `<system>/run/<plugin>/`.
 *
 * No prepared system database is kept to copy in: Meltano's migrations of an empty one cost about 50 ms of a start
 * that takes 1.3 s (4.4.1, SQLite), hardly more than the noise.
 *
 * @throws Error when the directory already holds the files of a run, which are to be harvested first.
 */
export async function prepareRunDirectory(preparation: Preparation): Promise<RunDirectory> {
  const directory = runDirectoryAt(preparation.runDirectory);
  await mkdir(directory.root, { recursive: true, mode: 0o700 });
  if ((await readdir(directory.root)).length > 0) {
    throw new Error(`${directory.root} already holds the files of a run.`);
  }
  // At the same time: each step on the disk is short, and there are many of them before a run can start.
  await Promise.all([
    mkdir(directory.state).then(() => writeStates(directory.state, preparation.states ?? new Map())),
    mkdir(directory.stateHome),
    linkPlugins(join(preparation.projectDirectory, '.meltano'), directory.system),
  ]);
  return directory;
}

/** Removes all a run left on disk; a directory that is not there is no error. */
export async function removeRunDirectory(runDirectory: string): Promise<void> {
  // Retried by Node: a plugin that is just ending may still write a file.
  await rm(runDirectory, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Each plugin is linked by itself and not its type's folder as one: Meltano makes a folder for every plugin it
 * starts, and those are to stay out of the project.
 */
async function linkPlugins(installed: string, system: string): Promise<void> {
  await mkdir(system);
  await Promise.all(
    pluginTypes.map(async (type) => {
      const [plugins] = await Promise.all([directoriesIn(join(installed, type)), mkdir(join(system, type))]);
      await Promise.all(
        plugins.map((plugin) => symlink(join(installed, type, plugin), join(system, type, plugin), 'dir')),
      );
    }),
  );
}

async function directoriesIn(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const found = await Promise.all(
    // Not the type of the entry: a plugin's folder may itself be a link.
    names.map((name) =>
      stat(join(parent, name)).then(
        (stats) => stats.isDirectory(),
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => found[index]);
}
