import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { importProject, type ImportSummary } from '../../../src/domain/projects/import-project.ts';
import { readOf } from '../../../src/domain/mirror/read-manifests.ts';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import type { TestApp } from '../app.ts';

/** The directory of one of the projects in the repository. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/projects/${name}`, import.meta.url));
}

/** Two projects for a gateway. Tests move and copy things from the first one to the second. */
export const deskAndAnnex = ['desk', 'annex'].map((name) => ({ name, directory: fixture(name) }));

/** A copy of a project that a test may change. */
export interface ProjectCopy {
  directory: string;
  /** Replaces a text in `meltano.yml`. The text must be there. */
  edit: (text: string, replacement: string) => Promise<void>;
  /** Restores the original `meltano.yml`. */
  restore: () => Promise<void>;
}

/**
 * A copy of one of the repository's projects, in a folder with its name. It is removed when the test ends.
 */
export async function copyOf(name: string, folder = name): Promise<ProjectCopy> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'project-')));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const directory = join(parent, folder);
  await cp(fixture(name), directory, { recursive: true });
  const file = join(directory, 'meltano.yml');
  const original = await readFile(file, 'utf8');
  return {
    directory,
    edit: async (text, replacement) => {
      const content = await readFile(file, 'utf8');
      if (!content.includes(text)) throw new Error(`${file} does not hold ${text}.`);
      await writeFile(file, content.replace(text, replacement));
    },
    restore: () => writeFile(file, original),
  };
}

/** Imports a project's files as the gateway does at its start. */
export async function importAgain(
  { app }: TestApp,
  directory: string,
  name?: string,
): Promise<ImportSummary> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return importProject(
    { transaction: app.store.transaction, log },
    readOf(await readManifest(directory)),
    name,
  );
}

/** A copy of one of the repository's projects, imported under a name of its own. */
export async function importCopy(app: TestApp, project: string, name: string): Promise<ProjectCopy> {
  const copy = await copyOf(project);
  await importAgain(app, copy.directory, name);
  return copy;
}
