import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { quoted } from '../lib/quoted.ts';
import { ManifestError, type Manifest, type ManifestPlugin } from '../manifest/manifest.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import { readManifest } from '../manifest/read-manifest.ts';
import { firstLine, shortened, type Check } from './check.ts';

/** A project whose files are looked at. */
export interface KnownProject {
  name: string;
  directory: string;
}

/** The most projects whose files are read. */
const mostProjects = 100;

/** The files of projects, and whether their plugins are installed: those of the settings, and those of the database. */
export async function checkProjects(
  { projects }: Pick<Config, 'projects'>,
  stored: readonly KnownProject[],
): Promise<Check[]> {
  const named = projects.map(({ name, directory }) => ({ name: name ?? directory, directory }));
  const byDirectory = new Map([...named, ...stored].map((project) => [project.directory, project]));
  const all = [...byDirectory.values()];
  const troubles: Check[] = [];
  for (const project of all.slice(0, mostProjects)) troubles.push(...(await checkProject(project)));
  const looked = all.length > mostProjects ? `; the files of ${mostProjects} were looked at` : '';
  const said: Check = {
    check: 'projects',
    status: 'OK',
    message: all.length === 0 ? 'none yet' : `${all.length} with files${looked}`,
  };
  return [said, ...shortened('projects', troubles)];
}

async function checkProject({ name, directory }: KnownProject): Promise<Check[]> {
  const trouble = (status: 'WARNING' | 'FAILED', message: string): Check[] => [
    { check: 'projects', status, message: `${name}: ${message}` },
  ];
  if (!(await stat(directory).catch(() => null))?.isDirectory()) {
    return trouble('FAILED', `there is no directory ${directory}.`);
  }
  try {
    const manifest = await readManifest(directory);
    const missing = await notInstalled(manifest);
    if (missing.length === 0) return [];
    const [first = '', ...others] = missing;
    const names = others.length === 0 ? first : `${first} and ${others.length} more`;
    return trouble('WARNING', `not installed: ${names}. Use installPlugins, or meltano install.`);
  } catch (error) {
    if (!(error instanceof ManifestError)) return trouble('FAILED', firstLine(error));
    const [found] = error.findings;
    const where = found ? `${found.file}:${found.line}` : 'meltano.yml';
    return trouble('FAILED', `its files cannot be imported: ${where}: ${found?.message ?? ''}`);
  }
}

/** The plugins that have something to install, and no virtual environment of their own or of what they inherit from. */
async function notInstalled({ directory, plugins }: Manifest): Promise<string[]> {
  const isThere = async ({ type, name }: Pick<ManifestPlugin, 'type' | 'name'>): Promise<boolean> =>
    (await stat(join(directory, '.meltano', pluralOf(type), name, 'venv')).catch(() => null)) !== null;
  const missing: string[] = [];
  for (const plugin of plugins) {
    const { type, name, inheritFrom, pipUrl } = plugin;
    if (pipUrl === null || pipUrl === '' || type === 'FILE' || type === 'TRANSFORM') continue;
    if (await isThere(plugin)) continue;
    if (inheritFrom !== null && (await isThere({ type, name: inheritFrom }))) continue;
    missing.push(quoted(name));
  }
  return missing;
}
