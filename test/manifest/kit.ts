import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { effectiveConfig } from '../../src/manifest/effective-config.ts';
import { ManifestError } from '../../src/manifest/manifest.ts';
import type { Config, Manifest, ManifestEnvironment, ManifestPlugin } from '../../src/manifest/manifest.ts';
import { readManifest } from '../../src/manifest/read-manifest.ts';

/** The directory of one of the projects that stand in the repository. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/projects/${name}`, import.meta.url));
}

/** A project of these files, gone when the test ends. */
export async function projectOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'manifest-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFiles(directory, files);
  return directory;
}

/** Writes files below a directory, and the folders that they are in. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** What a project of one file, `meltano.yml`, says. */
export async function read(content: string): Promise<Manifest> {
  return readManifest(await projectOf({ 'meltano.yml': content }));
}

/** What is wrong with a project, as `file:line: message`; empty if nothing is. */
export async function problems(directory: string): Promise<string[]> {
  try {
    await readManifest(directory);
    return [];
  } catch (error) {
    if (error instanceof ManifestError) return error.message.split('\n');
    throw error;
  }
}

/** The warnings of a project of one file, as `line: message`. */
export async function warningsOf(content: string): Promise<string[]> {
  const { warnings } = await read(content);
  return warnings.map(({ line, message }) => `${line}: ${message}`);
}

/** The plugin of that name; fails the test if there is none. */
export function plugin({ plugins }: Manifest, name: string): ManifestPlugin {
  const found = plugins.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`the project has no plugin ${name}`);
  return found;
}

/** What is configured for a plugin, without the variables that are set. */
export function configOf(
  plugin: ManifestPlugin,
  plugins: readonly ManifestPlugin[],
  environment: ManifestEnvironment | null = null,
): Config {
  const values = effectiveConfig(plugin, { env: {}, dotEnvNames: [], plugins: [...plugins] }, environment);
  return Object.fromEntries([...values].map(([name, { value }]) => [name, value]));
}
