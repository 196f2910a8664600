import { lstat, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gateway } from '../../domain/gateway.ts';
import { givenManifest, type ReadManifest } from '../../domain/mirror/read-manifests.ts';
import { pluginsDigest } from '../../domain/projects/source/plugins-digest.ts';
import { takeOverCommit } from '../../domain/projects/source/take-over-commit.ts';
import { refusedCycle } from '../../domain/schedules/following/refuse-cycle.ts';
import { Refusal } from '../../errors.ts';
import { exists } from '../../lib/files/exists.ts';
import { GitFailed, GitStopped } from '../../runner/git/run-git.ts';
import type { GitTrees } from '../../runner/git/git-trees.ts';
import type { Store } from '../../store/index.ts';
import type { SourceToSync } from '../../store/projects/project-sources.ts';

/** After how many failures in a row a source is left alone that is not looked at from time to time. */
const mostFailures = 8;

/** The longest text of a problem. */
const longestProblem = 2000;

/** A repository that this process has taken to look at. */
interface TakenSource {
  source: SourceToSync;
  leaseId: string;
  /** Ends the look early; another process then takes the repository. */
  signal: AbortSignal;
}

/** Looks at a repository, and brings its project in line with the commit that its ref is at. */
export async function syncSource(
  store: Store,
  gateway: Gateway,
  trees: GitTrees,
  { source, leaseId, signal }: TakenSource,
): Promise<void> {
  const { projectId, pollSeconds } = source;
  const pollMs = pollSeconds === null ? null : pollSeconds * 1000;
  try {
    const commit = await trees.resolve(source, source.ref, signal);
    const directory = await directoryOfCommit(trees, source, commit, signal);
    const manifest = await readTree(directory);
    await sharePlugins(trees, projectId, directory, manifest);
    const changed = await takeOverCommit(gateway, { source, leaseId, commit, manifest, againMs: pollMs });
    if (changed !== null && (changed > 0 || commit !== source.commit))
      gateway.log.info({ projectId, commit, changed }, 'a project was brought in line with its repository');
  } catch (thrown) {
    if (thrown instanceof GitStopped) return store.projectSources.giveBack(projectId, leaseId);
    const error = refusedCycle(thrown);
    const isKnown = error instanceof GitFailed || error instanceof Refusal;
    if (!isKnown) gateway.log.error({ err: error, projectId }, 'a repository could not be looked at');
    const problem = isKnown
      ? error.message.slice(0, longestProblem)
      : 'The gateway has met an internal error.';
    if (isKnown) gateway.log.warn({ projectId, problem }, 'a repository could not be taken over');
    const againMs = retryIn(source, pollMs);
    await store.projectSources.settle(projectId, leaseId, { commit: null, problem, againMs });
  }
}

/** When to try again after a failure: soon, and later each time. */
function retryIn({ failures }: SourceToSync, pollMs: number | null): number | null {
  if (failures >= mostFailures) return pollMs;
  return Math.max(15_000 * 2 ** failures, pollMs ?? 0);
}

/** The directory of a project at a commit on this machine; it is fetched when it is not there. @throws GitFailed, GitStopped */
export async function directoryOfCommit(
  trees: GitTrees,
  source: Pick<SourceToSync, 'projectId' | 'url' | 'credential' | 'subdirectory'>,
  commit: string,
  signal?: AbortSignal,
): Promise<string> {
  const tree = await trees.checkOut(source.projectId, source, commit, signal);
  const directory = join(tree, source.subdirectory);
  if (await exists(join(directory, 'meltano.yml'))) return directory;
  const place = source.subdirectory === '' ? 'at the top of the repository' : `in ${source.subdirectory}`;
  throw new GitFailed(`there is no meltano.yml ${place} at the commit ${commit}`);
}

/** @throws InvalidInput when Meltano would not load it */
export function readTree(directory: string): Promise<ReadManifest> {
  return givenManifest(directory, null, []);
}

/**
 * Lets the commits of a project whose plugins have the same definitions share what is installed of them: `.meltano` of the
 * work tree is a link to it.
 */
export async function sharePlugins(
  trees: GitTrees,
  projectId: string,
  directory: string,
  manifest: ReadManifest,
): Promise<string> {
  const plugins = trees.pluginsPath(projectId, await pluginsDigest(manifest));
  await mkdir(plugins, { recursive: true, mode: 0o700 });
  const link = join(directory, '.meltano');
  if ((await lstat(link).catch(() => null)) === null)
    await symlink(plugins, link, 'dir').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  return plugins;
}
