import { resolve } from 'node:path';
import { definePlugins } from './sections/definitions.ts';
import { readDotEnvNames } from './files/dot-env.ts';
import { readEnvironments } from './sections/environments.ts';
import { env, list, otherKeys, text } from './fields.ts';
import type { Entry } from './fields.ts';
import { readText } from './files/files.ts';
import { includedFiles } from './files/include-paths.ts';
import { readJobs } from './sections/jobs.ts';
import { readerOfLockFiles } from './sections/lock-files.ts';
import { ManifestError } from './manifest.ts';
import type { Location, Manifest } from './manifest.ts';
import { isObject } from '../lib/is-object.ts';
import { mergeFiles } from './files/merge-files.ts';
import { firstOfEachName } from './names.ts';
import { nounOf } from './plugin-types.ts';
import { readPlugins } from './sections/plugins.ts';
import { fail, inFileOrder, locate, newReading, warn } from './reading.ts';
import type { Reading } from './reading.ts';
import { checkReferences } from './sections/references.ts';
import { readSchedules } from './sections/schedules.ts';
import { checkSize } from './sections/size.ts';
import { parseYaml, parseYamlInSlices } from './yaml/yaml-text.ts';

/** Any other key is a project setting (meltano/core/meltano_file.py). */
const keys = [
  'version',
  'requires_meltano',
  'plugins',
  'schedules',
  'environments',
  'jobs',
  'env',
  'annotations',
];

const start: Location = { file: 'meltano.yml', line: 1 };

/**
 * Reads the Meltano project in a directory: `meltano.yml`, the files that it includes, the lock files of its
 * plugins, and the names in `.env`. It follows the rules of Meltano's loader, which differ from those of
 * Meltano's JSON schema. It writes nothing and starts no program.
 * @throws ManifestError with every problem
 *
 * @param content read this in place of the content of `meltano.yml`
 */
export async function readManifest(directory: string, content?: string): Promise<Manifest> {
  const root = resolve(directory);
  const reading = newReading();
  const files = [start.file];
  const project = await readProject(reading, root, files, content);
  if (!project) throw new ManifestError(inFileOrder(reading.errors, files));
  const lockFiles = new Set<string>();
  const readLockFile = readerOfLockFiles(reading, root);
  const entries = firstOfEachName(reading, readPlugins(reading, project), ({ type }) => nounOf(type));
  const plugins = await definePlugins(reading, entries, async (plugin) => {
    const lock = await readLockFile(plugin);
    if (lock) lockFiles.add(lock.file);
    return lock;
  });
  const jobs = list(reading, project, 'jobs');
  const environments = list(reading, project, 'environments');
  const schedules = readSchedules(reading, list(reading, project, 'schedules'));
  const parts = {
    environments: firstOfEachName(reading, readEnvironments(reading, environments), () => 'environment'),
    plugins,
    jobs: firstOfEachName(reading, readJobs(reading, jobs), () => 'job'),
    schedules: firstOfEachName(reading, schedules, () => 'schedule'),
  };
  checkReferences(reading, { ...parts, jobNames: namesOf(jobs) });
  checkSize(reading, parts);
  const head = readHead(reading, project, namesOf(environments));
  if (reading.errors.length > 0) throw new ManifestError(inFileOrder(reading.errors, files));
  const dotEnvNames = await readDotEnvNames(root);
  return {
    directory: root,
    files: [...files, ...[...lockFiles].sort()],
    ...head,
    dotEnvNames,
    ...parts,
    warnings: inFileOrder(reading.warnings, files),
  };
}

/**
 * The text of a file in a project's directory; null when there is no such file, when it cannot be a
 * `meltano.yml`, and when it is outside of the directory.
 *
 * @param file relative to the directory
 */
export function readProjectFile(directory: string, file: string): Promise<string | null> {
  return readText(newReading(), resolve(directory), file, start);
}

/** The JSON value of a text that `readManifest` has read. */
export function plainManifest(text: string): unknown {
  const reading = newReading();
  return mappingIn(reading, start.file, parseYaml(reading, start.file, text));
}

/**
 * `meltano.yml` with everything that it includes; null when a file cannot be read. Nothing more can then be
 * said about the project.
 */
async function readProject(
  reading: Reading,
  root: string,
  files: string[],
  content: string | undefined,
): Promise<Entry | null> {
  const main =
    content === undefined
      ? await readFile(reading, root, start.file, start)
      : await parseFile(reading, start.file, content);
  if (!main) return null;
  const project = { value: main, at: start, label: 'project' };
  const values = [main];
  for (const { file, at } of await includedFiles(reading, root, project)) {
    files.push(file);
    const value = await readFile(reading, root, file, at);
    if (value) values.push(value);
  }
  const value = mergeFiles(reading, values);
  return reading.errors.length > 0 ? null : { ...project, value };
}

async function readFile(
  reading: Reading,
  root: string,
  file: string,
  at: Location,
): Promise<Record<string, unknown> | null> {
  const content = await readText(reading, root, file, at);
  return content === null ? null : parseFile(reading, file, content);
}

async function parseFile(
  reading: Reading,
  file: string,
  content: string,
): Promise<Record<string, unknown> | null> {
  return mappingIn(reading, file, await parseYamlInSlices(reading, file, content));
}

/** @param value undefined when the reading has noted what is wrong with the file */
function mappingIn(reading: Reading, file: string, value: unknown): Record<string, unknown> | null {
  if (isObject(value)) return value;
  if (value === null)
    fail(reading, { file, line: 1 }, 'The file is empty; Meltano needs at least one key in it.');
  else if (value !== undefined)
    fail(reading, { file, line: 1 }, 'The file has to hold a mapping of keys to values.');
  return null;
}

type Head = Pick<Manifest, 'projectId' | 'defaultEnvironment' | 'requiresMeltano' | 'settings' | 'env'>;

function readHead(reading: Reading, project: Entry, environments: ReadonlySet<string>): Head {
  const defaultEnvironment = text(reading, project, 'default_environment');
  if (defaultEnvironment !== null && defaultEnvironment !== '' && !environments.has(defaultEnvironment)) {
    const message = `The default environment \`${defaultEnvironment}\` does not exist; add it or correct the name.`;
    warn(reading, locate(reading, project.value, 'default_environment'), message);
  }
  return {
    projectId: text(reading, project, 'project_id'),
    defaultEnvironment,
    requiresMeltano: text(reading, project, 'requires_meltano'),
    settings: otherKeys(project, keys),
    env: env(reading, project, { convert: true }),
  };
}

/** The names in a list, also those of entries with other problems. */
function namesOf(items: readonly unknown[]): Set<string> {
  const names = items.map((item) => (isObject(item) && Object.hasOwn(item, 'name') ? item.name : null));
  return new Set(names.filter((name) => typeof name === 'string'));
}
