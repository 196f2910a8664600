import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GitFailed } from '../../runner/git/run-git.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';
import { directoryOfCommit, readTree, sharePlugins } from './sync-source.ts';

/** A run that is to be executed where its files are. */
export interface PlacedRun {
  run: RunToExecute;
  /** Where its project's plugins are that commits share; null when the project comes from no repository. */
  plugins: string | null;
}

/**
 * A run of a project that comes from a repository, in the work tree of its commit, which is fetched when it is not on this
 * machine. Any other run stays where it is.
 *
 * @throws Error that says why the commit cannot be had
 */
export async function inWorkTree(
  { store, trees, persist }: Execution,
  run: RunToExecute,
): Promise<PlacedRun> {
  const { commit, projectId } = run;
  if (commit === null) return { run, plugins: null };
  const source = await persist(() => store.projectSources.of(projectId));
  if (!source) throw new Error('the project does not come from a repository any more.');
  try {
    const directory = await directoryOfCommit(trees, source, commit);
    const shared = await readlink(join(directory, '.meltano')).catch(() => null);
    const plugins = shared ?? (await sharePlugins(trees, projectId, directory, await readTree(directory)));
    return { run: { ...run, project: { ...run.project, directory } }, plugins };
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    throw new Error(`the commit ${commit} cannot be had from the repository: ${error.message}.`, {
      cause: error,
    });
  }
}
