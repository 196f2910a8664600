import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from './fields.ts';
import type { Entry } from './fields.ts';
import { exists, readText } from './files.ts';
import type { Location } from './manifest.ts';
import { isMapping } from './mappings.ts';
import { readPluginFields } from './plugin-fields.ts';
import type { PluginFields } from './plugin-fields.ts';
import { pluralOf } from './plugin-types.ts';
import type { PluginEntry } from './plugins.ts';
import { fail, remember, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** A definition that Meltano once took from its Hub, and the file that keeps it. */
export interface LockedDefinition extends PluginFields {
  name: string;
  file: string;
}

/**
 * The lock file that defines a plugin; null if there is none (meltano/core/plugin_lock_service.py,
 * meltano/core/project_dirs_service.py). Without a `variant` Meltano looks for one called `default`; it does
 * not find the file that it wrote itself then, under the name of the variant, and asks the Hub each time.
 */
export async function readLockFile(
  reading: Reading,
  root: string,
  plugin: PluginEntry,
): Promise<LockedDefinition | null> {
  const name = plugin.inheritFrom ?? plugin.name;
  // No file of that name can be Meltano's, and a path out of the folder must not be followed.
  if (/[/\\]/.test(`${name}${plugin.variant ?? ''}`)) return null;
  const folder = `plugins/${pluralOf(plugin.type)}`;
  const exact = `${folder}/${name}--${plugin.variant ?? 'default'}.lock`;
  if (await exists(join(root, exact))) return readDefinition(reading, root, exact, plugin);
  if (plugin.variant !== null) return null;
  const other = await onlyOther(root, folder, name);
  if (other === null) return null;
  const message = `The ${plugin.type.toLowerCase()} \`${plugin.name}\` names no variant, so Meltano does not find`;
  warn(
    reading,
    plugin.location,
    `${message} \`${other}\` and asks its Hub; give it the \`variant\` of that file.`,
  );
  return readDefinition(reading, root, other, plugin);
}

/** The only lock file of a plugin, whatever its variant; null if there are none or several. */
async function onlyOther(root: string, folder: string, name: string): Promise<string | null> {
  const files = await readdir(join(root, folder)).catch(() => []);
  const found = files.filter(
    (file) => file.endsWith('.lock') && (file === `${name}.lock` || isVariant(file, name)),
  );
  return found.length === 1 ? `${folder}/${found.join('')}` : null;
}

/** `tap-a--b.lock` may belong to a plugin `tap-a--b` as well, but not to one that has two dashes more. */
function isVariant(file: string, name: string): boolean {
  return file.startsWith(`${name}--`) && !file.slice(name.length + 2).includes('--');
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
  if (!isMapping(value)) {
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

/** Gives everything in a JSON file the file's place: its lines are not kept. */
function adopt(reading: Reading, value: unknown, at: Location): void {
  if (typeof value !== 'object' || value === null) return;
  const origin = remember(reading, value, at);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'number' || typeof item === 'boolean') origin.texts.set(key, String(item));
    adopt(reading, item, at);
  }
}
