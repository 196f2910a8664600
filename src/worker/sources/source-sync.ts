import { readdir } from 'node:fs/promises';
import type { Gateway } from '../../domain/gateway.ts';
import { isUuid, newId } from '../../lib/uuid.ts';
import type { GitTrees } from '../../runner/git/git-trees.ts';
import type { Store } from '../../store/index.ts';
import type { SourceToSync } from '../../store/projects/project-sources.ts';
import { oneLook } from '../one-look.ts';
import { syncSource } from './sync-source.ts';

/** Looks at the repositories of projects. */
export interface SourceSync {
  /** Looks at no more of them, and leaves those under way to others. Resolves when none is being looked at. */
  stop: () => Promise<void>;
}

/** How many repositories a process looks at at a time, so that one that does not answer keeps no other waiting. */
const atATime = 4;

/** The longest time between two looks, in milliseconds: a notification can get lost. */
const longestMs = 15_000;

/** How old a work tree must be to be removed, in milliseconds. */
const freshMs = 10 * 60_000;

/** How often work trees that nobody needs are removed, in milliseconds. */
const tidyMs = 60_000;

/**
 * Starts to look at the repositories that are due. Each process on a database can do so, and any number of them: a source
 * is looked at by the one that has taken it.
 */
export function startSourceSync(store: Store, gateway: Gateway, trees: GitTrees): SourceSync {
  const { log, isStopping } = gateway;
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let tidiedAt = -Infinity;

  const goesOn = (): boolean => !signal.aborted && !isStopping();
  const begin = (source: SourceToSync, leaseId: string): void => {
    const work = syncSource(store, gateway, trees, { source, leaseId, signal })
      .catch((error: unknown) => onFault(error))
      .finally(() => {
        underWay.delete(work);
        look();
      });
    underWay.add(work);
  };
  const syncDue = async (): Promise<void> => {
    if (!goesOn()) return;
    clearTimeout(timer);
    while (goesOn() && underWay.size < atATime) {
      const leaseId = newId();
      const source = await store.projectSources.claim(leaseId);
      if (!source) break;
      begin(source, leaseId);
    }
    if (performance.now() - tidiedAt > tidyMs) {
      tidiedAt = performance.now();
      await tidy(store, trees);
    }
    const next = await store.projectSources.nextIn();
    const longest = store.polls ? longestMs : 24 * 3600 * 1000;
    if (goesOn()) timer = setTimeout(look, Math.max(10, Math.min(next ?? longest, longest)));
  };
  const onFault = (error: unknown): void => {
    log.error({ err: error }, 'looking at the repositories of projects failed');
    clearTimeout(timer);
    timer = setTimeout(look, longestMs);
  };
  const looks = oneLook(syncDue, onFault);
  const look = (): void => {
    if (goesOn()) looks.ask();
  };
  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'SOURCE') look();
  });
  look();
  return {
    stop: async () => {
      stopping.abort();
      unsubscribe();
      await looks.done();
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
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
