import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from '../fields.ts';
import type { Entry } from '../fields.ts';
import { exists } from '../../lib/files/exists.ts';
import { readText } from '../files/files.ts';
import type { Location } from '../manifest.ts';
import { isObject } from '../../lib/is-object.ts';
import { readPluginFields } from './plugin-fields.ts';
import type { PluginFields } from './plugin-fields.ts';
import { pluralOf } from '../plugin-types.ts';
import type { PluginEntry } from './plugins.ts';
import { fail, remember, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** A definition that Meltano got from its Hub, and the file with it. */
export interface LockedDefinition extends PluginFields {
  name: string;
  file: string;
}

/**
 * Gives the lock file that defines a plugin; null when there is none. Each folder is listed at most once (meltano/core/plugin_lock_service.py,
 * meltano/core/project_dirs_service.py). For a plugin without a `variant`, Meltano looks for a file of the
 * variant `default`. But it writes the file under the name of the real variant. So it does not find its own
 * file, and asks the Hub each time.
 */
export function readerOfLockFiles(
  reading: Reading,
  root: string,
): (plugin: PluginEntry) => Promise<LockedDefinition | null> {
  const listed = new Map<string, Promise<FilesByName>>();
  const list = (folder: string): Promise<FilesByName> => {
    const files = listed.get(folder) ?? listLockFiles(root, folder);
    listed.set(folder, files);
    return files;
  };
  return (plugin) => readLockFile(reading, root, plugin, list);
}

async function readLockFile(
  reading: Reading,
  root: string,
  plugin: PluginEntry,
  list: (folder: string) => Promise<FilesByName>,
): Promise<LockedDefinition | null> {
  const name = plugin.inheritFrom ?? plugin.name;
  // Meltano never writes a file with such a name, and a path must not lead out of the folder.
  if (/[/\\]/.test(`${name}${plugin.variant ?? ''}`)) return null;
  const folder = `plugins/${pluralOf(plugin.type)}`;
  const exact = `${folder}/${name}--${plugin.variant ?? 'default'}.lock`;
  if (await exists(join(root, exact))) return readDefinition(reading, root, exact, plugin);
  if (plugin.variant !== null) return null;
  // Of any variant.
  const [other, ...more] = (await list(folder)).get(name) ?? [];
  if (other === undefined || more.length > 0) return null;
  const message = `The ${plugin.type.toLowerCase()} \`${plugin.name}\` names no variant, so Meltano does not find`;
  warn(
    reading,
    plugin.location,
    `${message} \`${other}\` and asks its Hub; give it the \`variant\` of that file.`,
  );
  return readDefinition(reading, root, other, plugin);
}

/** The lock files of a folder, by the name of each plugin that they may belong to. */
type FilesByName = ReadonlyMap<string, readonly string[]>;

async function listLockFiles(root: string, folder: string): Promise<FilesByName> {
  const found = new Map<string, string[]>();
  for (const file of await readdir(join(root, folder)).catch(() => [])) {
    for (const name of owners(file)) {
      const files = found.get(name) ?? [];
      files.push(`${folder}/${file}`);
      found.set(name, files);
    }
  }
  return found;
}

/**
 * The names of plugins to which a lock file may belong. `tap-a--b.lock` is that of a plugin `tap-a--b`, or of the
 * variant `b` of `tap-a`; it is not that of a plugin whose name ends before another `--`.
 */
function owners(file: string): string[] {
  if (!file.endsWith('.lock')) return [];
  const name = file.slice(0, -'.lock'.length);
  const end = name.lastIndexOf('--');
  if (end < 0) return [name];
  // In `a---b`, both `a` and `a-` may be the name.
  return [name, name.slice(0, end), ...(name[end - 1] === '-' ? [name.slice(0, end - 1)] : [])];
}

async function readDefinition(
  reading: Reading,
  root: string,
  file: string,
  plugin: PluginEntry,
): Promise<LockedDefinition | null> {
  const content = await readText(reading, root, file, plugin.location);
  if (content === null) return null;
  const value = parseJson(reading, file, content);
  if (value === undefined) return null;
  const at: Location = { file, line: 1 };
  if (!isObject(value)) {
    fail(reading, at, 'A lock file has to hold a mapping; write it anew with `meltano lock --update`.');
    return null;
  }
  adopt(reading, value, at);
  const entry: Entry = { value, at, label: `lock file of \`${plugin.name}\`` };
  const fields = readPluginFields(reading, entry, ['plugin_type', 'inherit_from']);
  const name = text(reading, entry, 'name');
  for (const key of ['plugin_type', 'name', 'namespace']) {
    if (Object.hasOwn(value, key)) continue;
    fail(reading, at, `The lock file has no \`${key}\`; write it anew with \`meltano lock --update\`.`);
  }
  return { ...fields, name: name ?? plugin.name, file };
}

function parseJson(reading: Reading, file: string, content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    const line = content.slice(0, offset).split('\n').length;
    fail(
      reading,
      { file, line },
      'This is not valid JSON; write the lock file anew with `meltano lock --update`.',
    );
    return undefined;
  }
}

/** Gives every value of a JSON file the location of the file, because its lines are not known. */
function adopt(reading: Reading, value: unknown, at: Location): void {
  if (typeof value !== 'object' || value === null) return;
  const origin = remember(reading, value, at);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'number' || typeof item === 'boolean') origin.texts.set(key, String(item));
    adopt(reading, item, at);
  }
}
