import { chmod, lstat, mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileWhole } from '../lib/files/write-file.ts';
import { OneByOne } from '../lib/serving/one-by-one.ts';

/** A file that a project is to have. */
export interface ProjectFileToWrite {
  id: string;
  /** Its path in the project's directory, without `..`. */
  path: string;
  /** Digest of its text. */
  digest: string;
  isExecutable: boolean;
}

interface Source {
  /** All files that the project is to have. */
  list: () => Promise<ProjectFileToWrite[]>;
  /** The text of one; null when it has changed since it was listed. */
  textOf: (file: ProjectFileToWrite) => Promise<string | null>;
}

interface Written {
  written: number;
  removed: number;
  /** Whether the files have changed while they were written. */
  isOvertaken: boolean;
}

/** What was written before, in a file of the project's directory. */
interface WrittenRecord {
  /** Digest of all files. */
  digest: string | null;
  files: Record<string, WrittenFile>;
}

interface WrittenFile {
  digest: string;
  isExecutable: boolean;
  /** Size and time, by which a change that others made is noticed. */
  stamp: string;
}

/** The name of the record in a project's directory. */
const recordName = '.meltano-graphql-files.json';

/** What is under way, by directory: two runs that start at the same time do not write at the same time. */
const writings = new OneByOne();

/**
 * Makes the files of a project what they are to be: writes those that are new, were changed, or were changed by others on
 * the disk, and removes those that were written before and are not listed any more. Each file is replaced in one step.
 * Files that others have made stay. No link is followed.
 *
 * @param digest digest of all files; when it is that of the last time and no file was touched, they are not listed
 * @throws Error that names the file which cannot be written
 */
export async function writeProjectFiles(
  directory: string,
  digest: string | null,
  source: Source,
): Promise<Written> {
  return writings.run(directory, () => writeNow(directory, digest, source));
}

async function writeNow(
  directory: string,
  digest: string | null,
  { list, textOf }: Source,
): Promise<Written> {
  const recordFile = join(directory, recordName);
  const record = await readRecord(recordFile);
  const stamps = await stampsOf(directory, Object.keys(record.files));
  const isUntouched = Object.entries(record.files).every(([path, { stamp }]) => stamps.get(path) === stamp);
  if (record.digest === digest && isUntouched) return { written: 0, removed: 0, isOvertaken: false };

  const wanted = digest === null ? [] : await list();
  const present: Record<string, WrittenFile> = {};
  const gone = Object.keys(record.files).filter((path) => !wanted.some((file) => file.path === path));
  let isOvertaken = false;
  let isWhole = false;
  let written = 0;
  try {
    for (const path of gone) await removeFile(directory, path);
    for (const file of wanted) {
      const { path, isExecutable } = file;
      const known = record.files[path];
      const isSame = known?.digest === file.digest && known.isExecutable === isExecutable;
      if (isSame && stamps.get(path) === known.stamp) {
        present[path] = known;
        continue;
      }
      const text = await textOf(file);
      if (text === null) {
        isOvertaken = true;
        continue;
      }
      const stamp = await writeOne(directory, path, text, isExecutable);
      present[path] = { digest: file.digest, isExecutable, stamp };
      written += 1;
    }
    isWhole = !isOvertaken;
  } finally {
    // Also after an error: what was written is known then, so that it can be removed.
    const files = { ...(isWhole ? {} : record.files), ...present };
    const said: WrittenRecord = { digest: isWhole ? digest : null, files };
    await writeFileWhole(recordFile, `${JSON.stringify(said)}\n`);
  }
  return { written, removed: gone.length, isOvertaken };
}

async function writeOne(
  directory: string,
  path: string,
  text: string,
  isExecutable: boolean,
): Promise<string> {
  const file = join(directory, path);
  try {
    await refuseLinks(directory, path);
    // A link would be read as what it leads to.
    if ((await lstat(file).catch(() => null))?.isSymbolicLink() === true) await rm(file);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFileWhole(file, text);
    await chmod(file, isExecutable ? 0o700 : 0o600);
    return (await stampsOf(directory, [path])).get(path) ?? '';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the file ${JSON.stringify(path)} of the project could not be written: ${reason}`, {
      cause: error,
    });
  }
}

/** Removes a file, and the folders that are empty then. */
async function removeFile(directory: string, path: string): Promise<void> {
  try {
    await refuseLinks(directory, path);
  } catch {
    // What a link leads to is not the project's.
    return;
  }
  const stats = await lstat(join(directory, path)).catch(() => null);
  if (stats === null || stats.isDirectory()) return;
  await rm(join(directory, path), { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const isRemoved = await rmdir(join(directory, folder)).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
}

/** @throws Error when a folder on the way to a file is a link */
async function refuseLinks(directory: string, path: string): Promise<void> {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const stats = await lstat(join(directory, folder)).catch(() => null);
    if (stats?.isSymbolicLink() === true) throw new Error(`${JSON.stringify(folder)} is a link`);
  }
}

/** Sizes and times of files; a file that is not there, or is none, has no stamp. */
async function stampsOf(directory: string, paths: readonly string[]): Promise<Map<string, string>> {
  const stamps = await Promise.all(
    paths.map(async (path): Promise<[string, string][]> => {
      const stats = await lstat(join(directory, path)).catch(() => null);
      return stats?.isFile() === true ? [[path, `${stats.size}@${stats.mtimeMs}@${stats.mode}`]] : [];
    }),
  );
  return new Map(stamps.flat());
}

async function readRecord(file: string): Promise<WrittenRecord> {
  const none = { digest: null, files: {} };
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return none;
  try {
    return { ...none, ...(JSON.parse(text) as object) };
  } catch {
    // Cut off by a full disk: all is written again.
    return none;
  }
}
