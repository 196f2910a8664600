import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { exists } from '../../lib/files/exists.ts';
import { accessWith } from './credentials.ts';
import { GitFailed, GitStopped, runGit, type GitAccess } from './run-git.ts';

/** A repository, and how to get in. */
export interface GitRemote {
  url: string;
  /** See `isCredentialReference`; null when everybody may read it. */
  credential: string | null;
}

/** The repositories of projects on this machine: for each project a bare clone, and a work tree for each commit in use. */
export interface GitTrees {
  /** The directory with one directory for each project. */
  root: string;
  /** Whether there is a git on this machine. */
  isAvailable: () => Promise<boolean>;
  /** The commit that a branch, a tag or `HEAD` is at. @throws GitFailed; GitStopped when the signal ends it */
  resolve: (remote: GitRemote, ref: string, signal?: AbortSignal) => Promise<string>;
  /** Where the work tree of a commit is, if it is on this machine. */
  pathOf: (projectId: string, commit: string) => string;
  /** Whether it is on this machine. */
  has: (projectId: string, commit: string) => Promise<boolean>;
  /**
   * Makes the work tree of a commit, and fetches the commit if it is not there.
   *
   * @returns its path
   * @throws GitFailed; GitStopped when the signal ends it
   */
  checkOut: (projectId: string, remote: GitRemote, commit: string, signal?: AbortSignal) => Promise<string>;
  /** The directory of a project's plugins that belong to some definitions; it is shared by all commits with the same. */
  pluginsPath: (projectId: string, digest: string) => string;
  /** Removes the work trees of all other commits, if they are older than some milliseconds. */
  keep: (projectId: string, commits: ReadonlySet<string>, minAgeMs: number) => Promise<void>;
  /** Removes all of a project. */
  remove: (projectId: string) => Promise<void>;
}

interface Options {
  dataDirectory: string;
  env: Environment;
  protocols: readonly string[];
}

/** How long git may take, in milliseconds. */
const timeouts = { resolve: 60_000, fetch: 600_000, local: 120_000 };

export function gitTrees({ dataDirectory, env, protocols }: Options): GitTrees {
  const root = join(dataDirectory, 'git');
  const of = (projectId: string, ...parts: string[]): string => join(root, projectId, ...parts);
  const accessTo = async ({ url, credential }: GitRemote): Promise<GitAccess> => ({
    baseEnv: env,
    protocols,
    ...(await accessWith(credential, url, { env, dataDirectory })),
  });
  const local: GitAccess = { baseEnv: env, protocols: [], credential: null, secrets: [] };
  /** What is being made, by the path of its tree. */
  const underWay = new Map<string, Promise<string>>();

  const make = async (
    projectId: string,
    remote: GitRemote,
    commit: string,
    signal?: AbortSignal,
  ): Promise<string> => {
    const tree = of(projectId, 'trees', commit);
    if (await exists(tree)) return tree;
    const clone = of(projectId, 'clone.git');
    await mkdir(of(projectId, 'trees'), { recursive: true, mode: 0o700 });
    if (!(await exists(join(clone, 'HEAD')))) await makeClone(clone);
    if (!(await hasCommit(clone, commit))) await fetchCommit(clone, remote, commit, signal);
    const draft = `${tree}.${randomUUID()}.new`;
    const index = `${draft}.index`;
    try {
      await mkdir(draft, { mode: 0o700 });
      const inTree = { timeoutMs: timeouts.local, access: local, env: { GIT_INDEX_FILE: index } };
      await runGit({ ...inTree, args: [`--git-dir=${clone}`, 'read-tree', commit] });
      await runGit({
        ...inTree,
        args: [`--git-dir=${clone}`, `--work-tree=${draft}`, 'checkout-index', '--all', '--force', '--quiet'],
      });
      // Another process on this machine may have made it.
      await rename(draft, tree).catch(async (error: unknown) => {
        if (!(await exists(tree))) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
      await rm(index, { force: true });
    }
    return tree;
  };
  const makeClone = async (clone: string): Promise<void> => {
    const draft = `${clone}.${randomUUID()}.new`;
    try {
      const args = ['init', '--bare', '--quiet', '--template=', '--', draft];
      await runGit({ args, timeoutMs: timeouts.local, access: local });
      await rename(draft, clone).catch(async (error: unknown) => {
        if (!(await exists(join(clone, 'HEAD')))) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  };
  const hasCommit = (clone: string, commit: string): Promise<boolean> =>
    runGit({
      args: [
        `--git-dir=${clone}`,
        'rev-parse',
        '--quiet',
        '--verify',
        `refs/meltano-graphql/${commit}^{tree}`,
      ],
      timeoutMs: timeouts.local,
      access: local,
    }).then(
      () => true,
      () => false,
    );
  const fetchCommit = async (
    clone: string,
    remote: GitRemote,
    commit: string,
    signal?: AbortSignal,
  ): Promise<void> => {
    const options = ['--quiet', '--no-tags', '--depth=1', '--no-write-fetch-head', '--no-recurse-submodules'];
    const args = [`--git-dir=${clone}`, 'fetch', ...options, '--', remote.url];
    // The name of its own keeps the commit until its tree is removed.
    const refspec = `+${commit}:refs/meltano-graphql/${commit}`;
    const access = await accessTo(remote);
    await runGit({ args: [...args, refspec], timeoutMs: timeouts.fetch, access, signal });
  };

  return {
    root,
    isAvailable: () =>
      runGit({ args: ['--version'], timeoutMs: timeouts.local, access: local }).then(
        () => true,
        () => false,
      ),
    resolve: async (remote, ref, signal) => {
      if (isCommit(ref)) return ref;
      const found = await runGit({
        args: ['ls-remote', '--quiet', '--', remote.url, ref, `${ref}^{}`],
        timeoutMs: timeouts.resolve,
        access: await accessTo(remote),
        signal,
      });
      return commitIn(found, ref);
    },
    pathOf: (projectId, commit) => of(projectId, 'trees', commit),
    has: (projectId, commit) => exists(of(projectId, 'trees', commit)),
    checkOut: async (projectId, remote, commit, signal) => {
      const tree = of(projectId, 'trees', commit);
      for (;;) {
        const made =
          underWay.get(tree) ?? make(projectId, remote, commit, signal).finally(() => underWay.delete(tree));
        underWay.set(tree, made);
        try {
          return await made;
        } catch (error) {
          // It was stopped by somebody else who waited for it, too.
          if (!(error instanceof GitStopped) || signal?.aborted === true) throw error;
        }
      }
    },
    pluginsPath: (projectId, digest) => of(projectId, 'plugins', digest),
    keep: async (projectId, commits, minAgeMs) => {
      const trees = await readdir(of(projectId, 'trees')).catch(() => []);
      for (const tree of trees.filter((name) => isCommit(name) && !commits.has(name))) {
        // One that was just made is about to be taken over.
        const stats = await stat(of(projectId, 'trees', tree)).catch(() => null);
        if (stats === null || Date.now() - stats.mtimeMs < minAgeMs) continue;
        await rm(of(projectId, 'trees', tree), { recursive: true, force: true });
        const args = [
          `--git-dir=${of(projectId, 'clone.git')}`,
          'update-ref',
          '-d',
          `refs/meltano-graphql/${tree}`,
        ];
        await runGit({ args, timeoutMs: timeouts.local, access: local }).catch(() => '');
      }
    },
    remove: (projectId) => rm(of(projectId), { recursive: true, force: true }),
  };
}

/** Whether a text is the whole name of a commit. */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** @throws GitFailed when the repository has no such ref */
function commitIn(listed: string, ref: string): string {
  const refs = new Map(
    listed.split('\n').flatMap((line): [string, string][] => {
      const [commit = '', name = ''] = line.split('\t');
      return isCommit(commit) ? [[name, commit]] : [];
    }),
  );
  // A branch wins over a tag; what a tag with a message leads to, over the tag.
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, `${ref}^{}`, ref];
  const commit = names.map((name) => refs.get(name)).find((one) => one !== undefined);
  if (commit === undefined)
    throw new GitFailed(`the repository has no branch and no tag ${JSON.stringify(ref)}`);
  return commit;
}
