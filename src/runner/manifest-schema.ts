import { readdir, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Environment } from './environment.ts';

/**
 * The text of the JSON schema of `meltano.yml` that belongs to a Meltano. It is in the Python environment whose `bin`
 * contains the executable; links to the executable are followed.
 *
 * @returns null when there is none that can be read
 */
export async function readManifestSchema(executable: string, baseEnv: Environment): Promise<string | null> {
  const found = await firstOf(placesOf(executable, baseEnv), (place) => realpath(place));
  if (found === null) return null;
  const libraries = join(dirname(found), '..', 'lib');
  const versions = await readdir(libraries).catch(() => []);
  const files = versions.flatMap((version) =>
    ['site-packages', 'dist-packages'].map((packages) =>
      join(libraries, version, packages, 'meltano', 'schemas', 'meltano.schema.json'),
    ),
  );
  return firstOf(files, async (file) => readFile(file, 'utf8'));
}

function placesOf(executable: string, { PATH = '' }: Environment): string[] {
  if (executable.includes('/')) return [executable];
  return PATH.split(delimiter).map((directory) => join(directory, executable));
}

async function firstOf<T>(places: readonly string[], read: (place: string) => Promise<T>): Promise<T | null> {
  for (const place of places) {
    const value = await read(place).catch(() => null);
    if (value !== null) return value;
  }
  return null;
}
