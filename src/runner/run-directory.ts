import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pluginTypes } from './command.ts';
import { writeStates } from './states/state-files.ts';
import type { StateToWrite } from './states/state-files.ts';

/** The paths of one run's private files. */
export interface RunDirectory {
  root: string;
  /**
   * `MELTANO_SYS_DIR_ROOT`: the configuration of plugins as plain text while the run lasts, catalogs, links
   * to virtual environments.
   */
  system: string;
  /** The directory of `stateUri`. */
  state: string;
  stateUri: string;
  databaseUri: string;
  /** `XDG_STATE_HOME`: Meltano's own log files. */
  stateHome: string;
  /** A path where no file is. */
  loggingConfig: string;
}

/**
 * Computes the paths in a run's directory, without touching the disk.
 *
 * @throws Error for a path that Meltano would not take literally: it expands `$` in settings, and `?`, `#`
 * and `%` have a meaning in a URI
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
    // When the name ends with .yaml, Meltano logs nothing about a missing file. Otherwise it logs that it
    // uses the file.
    loggingConfig: join(root, 'no-logging.yaml'),
  };
}

interface Preparation {
  runDirectory: string;
  projectDirectory: string;
  /** States to write for the run. */
  states?: ReadonlyMap<string, StateToWrite>;
}

/**
 * Makes the private directory of a run, which only its owner can read, with links to the project's virtual
 * environments and with the given states. Without it, two runs of one extractor would share its state,
 * catalog and configuration files, which Meltano keeps in `<system>/run/<plugin>/`.
 *
 * There is no prepared system database to copy: Meltano's migrations of an empty one take about 50 ms of a
 * start of 1.3 s (4.4.1, SQLite), which can hardly be measured.
 *
 * @throws Error when the directory already has the files of a run, which must be harvested first
 */
export async function prepareRunDirectory(preparation: Preparation): Promise<RunDirectory> {
  const directory = runDirectoryAt(preparation.runDirectory);
  await mkdir(directory.root, { recursive: true, mode: 0o700 });
  if ((await readdir(directory.root)).length > 0) {
    throw new Error(`${directory.root} already holds the files of a run.`);
  }
  // In parallel: each step on the disk is short, but a run needs many of them before it can start.
  await Promise.all([
    mkdir(directory.state).then(() => writeStates(directory.state, preparation.states ?? new Map())),
    mkdir(directory.stateHome),
    linkPlugins(join(preparation.projectDirectory, '.meltano'), directory.system),
  ]);
  return directory;
}

/** Removes everything that a run has left on disk. A missing directory is not an error. */
export async function removeRunDirectory(runDirectory: string): Promise<void> {
  // Node retries: a plugin that is just ending may still write a file.
  await rm(runDirectory, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Links each plugin, not the folder of its type: Meltano makes a folder for every plugin that it starts, and
 * these must not go into the project.
 */
async function linkPlugins(installed: string, system: string): Promise<void> {
  await mkdir(system);
  // A directory where Meltano keeps an id of a project that has none in `meltano.yml`. If it found that file when it
  // reads its settings again, it would write the id into `meltano.yml`, and end because it may not
  // (core/project_settings_service.py, `ensure_project_id`).
  await mkdir(join(system, 'analytics.json'));
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
    // The type of the entry does not matter: the folder of a plugin may itself be a link.
    names.map((name) =>
      stat(join(parent, name)).then(
        (stats) => stats.isDirectory(),
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => found[index]);
}
