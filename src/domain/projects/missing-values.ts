import { join } from 'node:path';
import { byThread } from '../../lib/event-loop/threads.ts';
import { exists } from '../../lib/files/exists.ts';
import { isObject } from '../../lib/is-object.ts';
import { readDotEnv } from '../../manifest/files/dot-env.ts';
import { effectiveConfig } from '../../manifest/effective-config.ts';
import type { Manifest, ManifestPlugin } from '../../manifest/manifest.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import { settingEnvNames } from '../../manifest/setting-env-name.ts';
import { variablesIn } from '../secrets/what-is-secret.ts';

/** A run whose project the gateway writes, as far as what it needs. */
export interface RunNeeds {
  directory: string;
  /** Name of its environment; null for none. */
  environment: string | null;
  /** The names of the plugins and mappings that it uses. */
  names: readonly string[];
  /** The names of the variables that it gets. */
  variables: readonly string[];
  /** Whether the gateway keeps the project's files. */
  isManaged: boolean;
  /** Whether a command of it may make files before its extractors read them. */
  makesFiles: boolean;
  isLarge: boolean;
}

/** The most that are listed. */
const mostListed = 10;

/**
 * What a run needs and does not find: variables in the configuration of its plugins that are set nowhere, and files that
 * its extractors are to read. Meltano would go on with empty values, and an extractor might then succeed without a record.
 *
 * @returns a sentence for each
 */
export const missingValues = byThread(
  'missingValues',
  async (needs: RunNeeds): Promise<string[]> => {
    const manifest = await readManifest(needs.directory);
    const dotEnv = await readDotEnv(needs.directory);
    const environment = manifest.environments.find(({ name }) => name === needs.environment) ?? null;
    const entries = environment?.pluginConfig ?? [];
    const set = new Set([
      ...needs.variables,
      ...dotEnv.map(([name]) => name),
      ...[manifest, ...(environment ? [environment] : []), ...manifest.plugins, ...entries].flatMap(
        ({ env }) => Object.keys(env),
      ),
      // Meltano gives plugins a variable for each setting.
      ...manifest.plugins.flatMap((plugin) =>
        plugin.settings.flatMap((setting) => settingEnvNames(plugin, setting)),
      ),
    ]);
    const isUsed = ({ name, mappings }: ManifestPlugin): boolean =>
      needs.names.includes(name) || mappings.some((mapping) => needs.names.includes(mapping.name));
    const found: string[] = [];
    for (const plugin of manifest.plugins.filter(isUsed)) {
      for (const [setting, value] of valuesOf(plugin, manifest, environment, set)) {
        found.push(...unsetIn(plugin, setting, value, set));
        if (plugin.type === 'EXTRACTOR' && !needs.makesFiles)
          found.push(...(await unreadable(needs, plugin, setting, value)));
      }
    }
    return found.slice(0, mostListed);
  },
  { isLarge: ({ isLarge }) => isLarge },
);

/** The values that files give to a plugin, by the names of its settings, save those that a variable replaces. */
function valuesOf(
  plugin: ManifestPlugin,
  manifest: Manifest,
  environment: Manifest['environments'][number] | null,
  set: ReadonlySet<string>,
): [string, unknown][] {
  const given = effectiveConfig(plugin, manifest, environment);
  return [...given].flatMap(([name, { value, source }]): [string, unknown][] => {
    if (source === 'ENV' || source === 'DOTENV') return [];
    const setting = plugin.settings.find((one) => one.name === name);
    // What Meltano gives by itself is no replacement.
    const replacing = setting === undefined ? settingEnvNames(plugin, { name, aliases: [] }) : [];
    return replacing.some((one) => set.has(one)) ? [] : [[name, value]];
  });
}

function unsetIn(
  { name }: ManifestPlugin,
  setting: string,
  value: unknown,
  set: ReadonlySet<string>,
): string[] {
  const unset = new Set(textsIn(value).flatMap(variablesIn));
  return [...unset]
    .filter((variable) => !set.has(variable) && !variable.startsWith('MELTANO_'))
    .map(
      (variable) =>
        `The setting \`${setting}\` of \`${name}\` needs the variable ${variable}, which is set nowhere: give it with \`setProjectEnv\`, or to the run as \`env\`.`,
    );
}

/** Names of settings that are the path of a file. */
const fileNames =
  /^(?:(?:input_|source_)?(?:path|file|filepath|file_path|filename|file_name)|csv_files_definition)$/;

/** A path in the project that names one file. */
const plainPath =
  /^(?:\$MELTANO_PROJECT_ROOT\/|\$\{MELTANO_PROJECT_ROOT\}\/)?([^/$*?[{:][^$*?[{:]*\.[A-Za-z\d]{1,10})$/;

async function unreadable(
  { directory, isManaged }: RunNeeds,
  { name, settings }: ManifestPlugin,
  setting: string,
  value: unknown,
): Promise<string[]> {
  const isFile = settings.find((one) => one.name === setting)?.kind === 'file';
  const paths = pathsIn(value, isFile ? 'path' : (setting.split('.').at(-1) ?? ''));
  const missing: string[] = [];
  for (const path of paths) {
    if (!(await exists(join(directory, path))))
      missing.push(
        `The setting \`${setting}\` of \`${name}\` names the file ${JSON.stringify(path)}, which the project does not have${isManaged ? ': give it with `putProjectFile`' : ''}.`,
      );
  }
  return missing;
}

function pathsIn(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, name));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => pathsIn(item, key));
  const [, path] = typeof value === 'string' && fileNames.test(name) ? (plainPath.exec(value) ?? []) : [];
  return path === undefined ? [] : [path];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
