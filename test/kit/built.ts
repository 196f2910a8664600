import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a copy leaves out: generated files, files of git, and the tests. */
const leftOut = new Set(['.git', '.meltano-graphql', 'node_modules', 'dist', 'test']);

/** A copy of the repository with a new `dist`, made by `npm run build`. */
export interface Built {
  directory: string;
  /** The file that `bin` of package.json names. */
  main: string;
}

/** Copies the repository and builds it there, so that no other build interferes and nothing stays behind. */
export async function build(): Promise<Built & { remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-built-'));
  await buildIn(directory);
  return {
    directory,
    main: join(directory, 'dist/main.js'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Copies the repository to an existing directory, and builds it there. */
export async function buildIn(directory: string): Promise<void> {
  await cp(root, directory, { recursive: true, filter: (file) => !leftOut.has(basename(file)) });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  await execa('npm', ['run', 'build'], { cwd: directory });
}
