import { InvalidInput, type InvalidField } from '../errors.ts';
import { type ManifestDocument } from '../manifest/document.ts';
import { stripTags, valuesIn } from '../manifest/document-values.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { pluginKeys } from '../manifest/plugin-fields.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import { looksSensitive } from '../manifest/sensitivity.ts';
import { settingEnvNames } from '../manifest/setting-env-name.ts';
import { secretNames } from './imported-settings.ts';
import { redactedUrl, redaction } from './redact.ts';

/**
 * Takes the secrets out of a document: values of sensitive settings, values under names that sound like a secret,
 * passwords in addresses, and annotations, which are for other programs. A reference to a variable, such as `$TAP_PASSWORD`, is none. Comments stay.
 *
 * @param manifest what says which settings are sensitive
 */
export function redactManifest(document: ManifestDocument, manifest: Manifest): void {
  const isSecret = isSecretIn(manifest);
  stripTags(document);
  for (const { place, text, replace } of valuesIn(document)) {
    if (text === '' || /^\$(?:\w+|\{\w+\})$/.test(text)) continue;
    const shown = isSecret(place) ? redaction : redactedUrl(text);
    if (shown !== text) replace(shown);
  }
}

/**
 * Puts the present secrets into a document in which they were redacted, so that what was exported can be changed and
 * given back.
 *
 * @param present what the project has now; later ones win
 * @param path where in the arguments the document stands
 * @throws InvalidInput where something is redacted that is not there now
 */
export function restoreSecrets(
  document: ManifestDocument,
  present: readonly ManifestDocument[],
  path: readonly string[],
): void {
  const redactedValues = valuesIn(document).filter(({ text }) => text.includes(redaction));
  if (redactedValues.length === 0) return;
  const known = new Map(
    present.flatMap((one) => valuesIn(one)).map(({ place, text }) => [place.join('\0'), text]),
  );
  const unknown: InvalidField[] = [];
  for (const { place, text, replace } of redactedValues) {
    const secret = known.get(place.join('\0'));
    if (secret !== undefined && (text === redaction || redactedUrl(secret) === text)) replace(secret);
    else {
      const message = `\`${place.join('.')}\` is ${JSON.stringify(redaction)}, and there is no value that this could stand for; give one.`;
      unknown.push({ path, code: 'REDACTED', message });
    }
  }
  if (unknown.length > 0) throw new InvalidInput(unknown);
}

const sections = new Set(['plugins', 'environments', 'jobs', 'schedules', 'version', 'default_environment']);

/** Whether the value at a place of a manifest, see `ManifestValue`, is a secret. */
export function isSecretIn(manifest: Manifest): (place: readonly string[]) => boolean {
  const plugins = new Map(
    manifest.plugins.map((plugin) => [`${pluralOf(plugin.type)} ${plugin.name}`, plugin]),
  );
  const secretVariables = new Set(
    manifest.plugins.flatMap((plugin) => {
      const secrets = secretNames(plugin);
      return plugin.settings
        .filter(({ name }) => secrets.has(name))
        .flatMap((setting) => settingEnvNames(plugin, setting));
    }),
  );
  const inPlugin = ([plural = '', name = '', key = '', ...rest]: readonly string[]): boolean => {
    const secrets = secretNames(plugins.get(`${plural} ${name}`));
    if (key === 'env') return isVariable(rest);
    if (key === 'settings') {
      const [setting = '', part, ...below] = rest;
      return part === 'value' && (secrets.has(setting) || looksSensitive([setting, ...below].join('.')));
    }
    if (key === 'mappings') return rest[1] === 'config' && looksSensitive(rest.slice(2).join('.'));
    if (pluginKeys.has(key) && !['config', 'annotations'].includes(key)) return false;
    const parts = key === 'config' ? rest : [key, ...rest];
    return (
      looksSensitive(parts.join('.')) ||
      parts.some((_part, i) => secrets.has(parts.slice(0, i + 1).join('.')))
    );
  };
  const isVariable = ([name = '']: readonly string[]): boolean =>
    secretVariables.has(name) || looksSensitive(name);
  return (place) => {
    // Items of lists are called like the list.
    const [section = '', ...rest] = place.filter((part) => !/^\[\d+\]$/.test(part));
    // They are for programs that nobody here knows.
    if ([section, ...rest].includes('annotations')) return true;
    if (section === 'env') return isVariable(rest);
    if (section === 'plugins') return inPlugin(rest);
    if (section === 'schedules') return rest[1] === 'env' && isVariable(rest.slice(2));
    if (section === 'environments') {
      if (rest[1] === 'env') return isVariable(rest.slice(2));
      return (
        rest[1] === 'config' &&
        (rest[2] === 'plugins' ? inPlugin(rest.slice(3)) : looksSensitive(rest.slice(2).join('.')))
      );
    }
    return !sections.has(section) && looksSensitive([section, ...rest].join('.'));
  };
}
