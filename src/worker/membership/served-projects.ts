import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { givenManifest } from '../../domain/mirror/read-manifests.ts';
import { exists } from '../../lib/files/exists.ts';
import type { GitTrees } from '../../runner/git/git-trees.ts';
import type { Store } from '../../store/index.ts';
import type { ProjectToServe, ServedProject } from '../../store/workers/workers.ts';

/** The projects whose files a worker has. */
export interface ServedProjects {
  /** The directory of a project on this machine; undefined when it is where the store says. */
  directoryOf: (projectId: string) => string | undefined;
  /** Looks at the projects and at their files, and stores what it finds. @returns whether that has changed */
  look: () => Promise<boolean>;
  /** Lets the next look store what it finds in any case: the worker's row is a new one. */
  forget: () => void;
  /** Like `look`, for a run that this worker could not take, if there can be something new. */
  lookFor: (projectId: string) => Promise<boolean>;
}

/** Whose projects, and where they are. */
export interface WorkerPlace {
  /** Id of the worker's row. */
  id: string;
  /** Name of its machine. */
  host: string;
  /** Directories of projects by their names. Null when each project is where the store says. */
  directories: ReadonlyMap<string, string> | null;
}

/** How old the last look may be for a run that could not be taken, in milliseconds. */
const freshMs = 1000;

/** After which time files that differ are read again although they look the same, in milliseconds. */
const rereadMs = 60_000;

/** What was read of the files in a directory. */
interface ReadFiles {
  digest: string | null;
  files: readonly string[];
  /** Sizes and times of the files. */
  stamp: string;
  at: number;
}

/** @param trees the repositories of projects on this machine */
export function servedProjects(
  store: Store,
  trees: Pick<GitTrees, 'isAvailable'>,
  { id, host, directories }: WorkerPlace,
): ServedProjects {
  let available: Promise<boolean> | null = null;
  const hasGit = (): Promise<boolean> => (available ??= trees.isAvailable());
  const readings = new Map<string, ReadFiles>();
  const known = new Set<string>();
  let served = new Map<string, ServedProject>();
  let isStored = false;
  let lookedAt = -Infinity;
  let isStale = true;
  let looking: Promise<boolean> | null = null;
  store.notifications.subscribe(({ topic }) => {
    if (topic === 'OBJECT') isStale = true;
  });

  const digestIn = async (directory: string, wanted: string): Promise<string | null> => {
    const earlier = readings.get(directory);
    const isNew = (reading: ReadFiles): boolean => performance.now() - reading.at < rereadMs;
    if (earlier && (earlier.digest === wanted || isNew(earlier))) {
      if (earlier.stamp === (await stampOf(directory, earlier.files))) return earlier.digest;
    }
    const reading = await readFiles(directory);
    readings.set(directory, reading);
    return reading.digest;
  };
  const find = async (project: ProjectToServe): Promise<ServedProject[]> => {
    const directory =
      directories === null || project.source !== null ? project.directory : directories.get(project.name);
    if (directory === undefined) return [];
    if (project.source !== null && directories?.has(project.name) === false) return [];
    const unread = [{ projectId: project.id, directory, filesDigest: null }];
    // Its files are fetched for each run.
    if (project.source !== null) return (await hasGit()) ? unread : [];
    // What is in the directory that was imported is the project, even if nothing is there any more: its runs say so.
    if (project.importedHost === host && project.directory === directory) return unread;
    if (project.manifestMode === 'MANAGED') return (await exists(directory)) ? unread : [];
    if (!(await exists(join(directory, 'meltano.yml')))) return [];
    if (project.filesDigest === null) return unread;
    const filesDigest = await digestIn(directory, project.filesDigest);
    return filesDigest === null ? [] : [{ projectId: project.id, directory, filesDigest }];
  };
  const lookNow = async (): Promise<boolean> => {
    isStale = false;
    lookedAt = performance.now();
    const projects = await store.workers.projects();
    const found = (await Promise.all(projects.map(find))).flat();
    for (const project of projects) known.add(project.id);
    const isSame =
      isStored &&
      found.length === served.size &&
      found.every((one) => isEqual(one, served.get(one.projectId)));
    if (isSame) return false;
    await store.workers.serve(id, found);
    served = new Map(found.map((one) => [one.projectId, one]));
    isStored = true;
    return true;
  };
  const look = (): Promise<boolean> => (looking ??= lookNow().finally(() => (looking = null)));
  return {
    directoryOf: (projectId) => served.get(projectId)?.directory,
    look,
    forget: () => void (isStored = false),
    lookFor: async (projectId) => {
      const isFresh = known.has(projectId) && !isStale && performance.now() - lookedAt < freshMs;
      return isFresh ? false : look();
    },
  };
}

function isEqual(one: ServedProject, other: ServedProject | undefined): boolean {
  return one.directory === other?.directory && one.filesDigest === other.filesDigest;
}

async function readFiles(directory: string): Promise<ReadFiles> {
  const at = performance.now();
  try {
    const manifest = await givenManifest(directory, null, []);
    const { files, filesDigest: digest } = manifest;
    return { digest, files, stamp: await stampOf(directory, files), at };
  } catch {
    // A manifest with mistakes is no other project's.
    const files = ['meltano.yml'];
    return { digest: null, files, stamp: await stampOf(directory, files), at };
  }
}

async function stampOf(directory: string, files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(join(directory, file)).catch(() => null)));
  return stats.map((one) => (one === null ? '-' : `${one.size}@${one.mtimeMs}`)).join(' ');
}
