import { annotations, entries, env, mapping, name, otherKeys, refuseOtherKeys, text } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { EnvironmentPlugin, ManifestEnvironment } from '../manifest.ts';
import { refuseColon } from '../names.ts';
import { pluginLists } from './plugin-lists.ts';
import { pluginKey } from '../plugin-types.ts';
import { locate, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

const keys = ['name', 'config', 'env', 'state_id_suffix'];

/**
 * The entries under `environments` (meltano/core/environment.py). Wrong entries are recorded and left out.
 */
export function readEnvironments(reading: Reading, items: readonly unknown[]): ManifestEnvironment[] {
  return entries(reading, items, 'environment').flatMap((entry) => {
    refuseOtherKeys(reading, entry, keys);
    const environment = name(reading, entry, 'name');
    const stateIdSuffix = text(reading, entry, 'state_id_suffix');
    const read = { env: env(reading, entry), stateIdSuffix, pluginConfig: readPluginConfig(reading, entry) };
    if (environment === null) return [];
    refuseColon(reading, entry, environment);
    return [{ name: environment, ...read, annotations: annotations(entry), location: entry.at }];
  });
}

/** Meltano uses the first entry of a plugin and ignores further ones. */
function readPluginConfig(reading: Reading, environment: Entry): EnvironmentPlugin[] {
  const value = mapping(reading, environment, 'config');
  const config: Entry = { value, at: locate(reading, value), label: `config of the ${environment.label}` };
  const read = new Map<string, EnvironmentPlugin>();
  for (const { type, noun, items } of pluginLists(reading, config)) {
    for (const entry of entries(reading, items, noun)) {
      const plugin = readPlugin(reading, entry, type);
      if (!plugin) continue;
      if (read.has(pluginKey(plugin))) {
        const message = `The ${environment.label} configures the ${entry.label} twice`;
        warn(reading, entry.at, `${message}, and Meltano ignores this second time; merge the two.`);
      } else {
        read.set(pluginKey(plugin), plugin);
      }
    }
  }
  return [...read.values()];
}

function readPlugin(
  reading: Reading,
  entry: Entry,
  type: EnvironmentPlugin['type'],
): EnvironmentPlugin | null {
  const plugin = name(reading, entry, 'name');
  const config = mapping(reading, entry, 'config');
  const extras = otherKeys(entry, ['name', 'config', 'env', 'annotations']);
  const read = { config, env: env(reading, entry), extras };
  if (plugin === null) return null;
  refuseColon(reading, entry, plugin);
  return { type, name: plugin, ...read, location: entry.at };
}
