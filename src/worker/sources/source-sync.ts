import { readdir } from 'node:fs/promises';
import type { Gateway } from '../../domain/gateway.ts';
import { isUuid, newId } from '../../lib/uuid.ts';
import type { GitTrees } from '../../runner/git/git-trees.ts';
import type { Store } from '../../store/index.ts';
import { startDueWork, type DueWork } from '../due-work.ts';
import { syncSource } from './sync-source.ts';

/** How old a work tree must be to be removed, in milliseconds. */
const freshMs = 10 * 60_000;

/**
 * Starts to look at the repositories that are due. Each process on a database can do so, and any number of them: a source
 * is looked at by the one that has taken it. When it is stopped, it leaves those under way to others.
 */
export function startSourceSync(store: Store, gateway: Gateway, trees: GitTrees): DueWork {
  const { log, isStopping } = gateway;
  return startDueWork(store, {
    topic: 'SOURCE',
    atATime: 4,
    goesOn: () => !isStopping(),
    take: async (signal) => {
      const leaseId = newId();
      const source = await store.projectSources.claim(leaseId);
      return source && (() => syncSource(store, gateway, trees, { source, leaseId, signal }));
    },
    nextIn: () => store.projectSources.nextIn(),
    tidy: () => tidy(store, trees),
    tidies: { everyMs: 60_000, atOnce: true },
    onFault: (error) => log.error({ err: error }, 'looking at the repositories of projects failed'),
  });
}

/** Removes the work trees that no run needs any more, and all of projects that are gone. */
export async function tidy(store: Store, trees: GitTrees, minAgeMs = freshMs): Promise<void> {
  const here = (await readdir(trees.root).catch(() => [])).filter(isUuid);
  if (here.length === 0) return;
  const inUse = await store.projectSources.commitsInUse();
  for (const projectId of here) {
    const commits = inUse.get(projectId);
    await (commits ? trees.keep(projectId, commits, minAgeMs) : trees.remove(projectId));
  }
}
