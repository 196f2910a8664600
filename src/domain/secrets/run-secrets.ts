import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byThread } from '../../lib/event-loop/threads.ts';
import { firstBy } from '../../lib/grouped.ts';
import { readDotEnv, type Binding } from '../../manifest/files/dot-env.ts';
import { ManifestError, type Manifest } from '../../manifest/manifest.ts';
import { pluginKey } from '../../manifest/plugin-types.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import { largeManifest } from '../../manifest/sections/size.ts';
import { secretsIn } from './redact.ts';
import { SecretValues } from './secret-values.ts';
import { looksSensitive, secretSettings, secretVariablesOf, type IsSecret } from './what-is-secret.ts';

/** A variable that a run gets. `sensitive` tells that its value is a secret whatever its name. */
export type GivenVariable = readonly [name: string, value: string, sensitive?: boolean];

/**
 * The values that a run must not show: those of sensitive settings, of variables of such settings, of what these are
 * made of, and passwords in addresses. They come from the files of its project, `.env` included, and from its
 * environment.
 *
 * @param given the variables that the run gets
 */
export async function runSecrets(directory: string, given: readonly GivenVariable[]): Promise<string[]> {
  const found = await stat(join(directory, 'meltano.yml')).catch(() => null);
  return secretsOfRun({ directory, given, isLarge: (found?.size ?? 0) > largeManifest });
}

interface RunSources {
  directory: string;
  given: readonly GivenVariable[];
  /** Whether its `meltano.yml` is large. */
  isLarge: boolean;
}

const secretsOfRun = byThread(
  'secretsOfRun',
  async ({ directory, given }: RunSources): Promise<string[]> => {
    const dotEnv = await readDotEnv(directory);
    try {
      return valuesOf(await readManifest(directory), dotEnv, given);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      return valuesOfUnreadable(
        await readFile(join(directory, 'meltano.yml'), 'utf8').catch(() => ''),
        dotEnv,
        given,
      );
    }
  },
  { isLarge: ({ isLarge }) => isLarge },
);

function valuesOf(manifest: Manifest, dotEnv: readonly Binding[], given: readonly GivenVariable[]): string[] {
  const { plugins, environments, schedules, env, settings } = manifest;
  const configured = environments.flatMap(({ pluginConfig }) => pluginConfig);
  const inFiles = [
    env,
    ...[...plugins, ...environments, ...configured, ...schedules].map((one) => one.env),
  ].flatMap((variables) => Object.entries(variables));
  const values = new SecretValues([...given, ...dotEnv, ...inFiles]);
  const isVariable = secretVariablesOf(manifest);
  addVariables(values, isVariable, dotEnv, given);
  for (const [name, value] of inFiles) if (isVariable(name)) values.add(value);

  const byKey = firstBy(plugins, pluginKey);
  const addAll = (config: unknown, isSecret: IsSecret): void =>
    secretsIn(config, isSecret).forEach((one) => values.add(one));
  addAll(settings, looksSensitive);
  for (const plugin of plugins) {
    const isSecret = secretSettings(plugin);
    const defaults = Object.fromEntries(plugin.settings.map(({ name, value }) => [name, value]));
    for (const config of [plugin.config, plugin.extras, plugin.extraDefaults, defaults])
      addAll(config, isSecret);
    for (const { config } of plugin.mappings) addAll(config, isSecret);
  }
  for (const entry of configured) {
    const isSecret = secretSettings(byKey.get(pluginKey(entry)));
    addAll({ ...entry.config, ...entry.extras }, isSecret);
  }
  values.addLogins(manifest);
  return values.all();
}

function addVariables(
  values: SecretValues,
  isVariable: IsSecret,
  dotEnv: readonly Binding[],
  given: readonly GivenVariable[],
): void {
  for (const [name, value, sensitive = false] of [...given, ...dotEnv] as readonly GivenVariable[]) {
    if (sensitive || isVariable(name)) values.addLiteral(value);
    values.addLogins(value);
  }
}

/** Of a file that cannot be read, what stands behind a name that sounds like a secret: Meltano may quote it. */
function valuesOfUnreadable(
  text: string,
  dotEnv: readonly Binding[],
  given: readonly GivenVariable[],
): string[] {
  const values = new SecretValues([...given, ...dotEnv]);
  addVariables(values, looksSensitive, dotEnv, given);
  for (const part of text.split(/[\n,{}]/)) {
    const colon = part.indexOf(': ');
    if (colon === -1 || !looksSensitive(part.slice(0, colon))) continue;
    const value = part.slice(colon + 1).trim();
    values.add(value.replace(/^["']|["']$/g, ''));
  }
  values.addLogins(text);
  return values.all();
}
