import type { Adviser } from '../manifest/advice.ts';
import type { SystemDatabases } from '../runner/system-databases.ts';
import type { Store } from '../store/index.ts';

/** What is logged, by whom; the shape of pino's methods. */
export interface Log {
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
  error: (fields: object, message: string) => void;
}

/**
 * What every verb is handed. The words that the whole project uses:
 *
 * - **project**: a directory with a `meltano.yml`.
 * - **environment**: a named configuration of a project; jobs, schedules and states belong to one.
 * - **job**: a named list of tasks; a task is a list of **blocks**, as `meltano run` takes them.
 * - **block**: an extract-load pair (extractor, mappings, loader) or a plugin's command.
 * - **run**: one request to execute something, and all that came of it.
 * - **service**: a plugin's command that workers keep running; each of its starts is a run.
 * - **state id**: Meltano's key of a Singer state; **state**: the documents under it.
 * - **path**: the natural name of something, `project/environment/name`; it changes when the thing
 *   is moved, whereas the **id** does not.
 * - **refusal**: a request that cannot be done, see `errors.ts`.
 */
export interface Services {
  store: Store;
  log: Log;
  /** How long what was deleted can be brought back, in milliseconds. */
  deletedRetentionMs: number;
  /** Meltano's own databases, for imports. */
  systemDatabases: SystemDatabases;
  /** Where managed projects get a directory each; an absolute path. */
  projectsDirectory: string;
  /** What the JSON schema of the Meltano that is run has against a `meltano.yml`. */
  advise: Adviser;
}
