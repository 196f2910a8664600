import { InvalidInput, type InvalidField } from '../../errors.ts';
import { type ManifestDocument } from '../../manifest/yaml/document.ts';
import { placeKey, printPlace, stripTags, valuesIn, type Step } from '../../manifest/yaml/document-values.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { pluginKeys } from '../../manifest/sections/plugin-fields.ts';
import { pluralOf } from '../../manifest/plugin-types.ts';
import { canBeSecret, looksSensitive, secretSettings, secretVariablesOf } from './what-is-secret.ts';
import { redactedUrl, redaction } from './redact.ts';

/**
 * Replaces the secrets in a document: values of sensitive settings, values whose name sounds like a secret,
 * passwords in addresses, and annotations, whose meaning only other programs know. A value that is nothing but
 * variables, such as `$TAP_PASSWORD`, is not a secret. Comments stay.
 *
 * @param manifest says which settings are sensitive
 */
export function redactManifest(document: ManifestDocument, manifest: Manifest): void {
  const isSecret = isSecretIn(manifest);
  stripTags(document);
  // A value that an alias shares is a secret if it is one in any of its places.
  const secrets = new Set(
    valuesIn(document, { aliases: true })
      .filter(({ place }) => isSecret(place))
      .map(({ node }) => node),
  );
  for (const { place, node, text, replace } of valuesIn(document)) {
    const isExpanded = !isLiteral(place);
    const isHidden = secrets.has(node) && canBeSecret(text, { isExpanded });
    const shown = isHidden ? redaction : redactedUrl(text, { isExpanded });
    if (shown !== text) replace(shown);
  }
}

/**
 * Puts the project's secrets back into a redacted document, so that callers can export a document, change it
 * and apply it.
 *
 * @param present the project's current documents; if several have a secret, the last one counts
 * @param at where the document is in the arguments
 * @throws InvalidInput where the document has a redacted value that the project does not have
 */
export function restoreSecrets(
  document: ManifestDocument,
  present: readonly ManifestDocument[],
  at: readonly string[],
): void {
  const redactedValues = valuesIn(document).filter(({ text }) => text.includes(redaction));
  if (redactedValues.length === 0) return;
  const known = new Map(
    present
      .flatMap((one) => valuesIn(one, { aliases: true }))
      .map(({ place, text }) => [placeKey(place), text]),
  );
  const unknown: InvalidField[] = [];
  for (const { place, text, replace } of redactedValues) {
    const secret = known.get(placeKey(place));
    const isAddress = secret !== undefined && redactedUrl(secret, { isExpanded: !isLiteral(place) }) === text;
    if (secret !== undefined && (text === redaction || isAddress)) replace(secret);
    else {
      const message = `\`${printPlace(place)}\` is ${JSON.stringify(redaction)}, and there is no value that this could stand for; give one.`;
      unknown.push({ path: at, code: 'REDACTED', message });
    }
  }
  if (unknown.length > 0) throw new InvalidInput(unknown);
}

/** Whether Meltano takes the value at a place as it is: the `env` of a schedule. */
function isLiteral([section, , key]: readonly Step[]): boolean {
  return section === 'schedules' && key === 'env';
}

/** Tells whether the value at a place of a manifest is a secret. */
export function isSecretIn(manifest: Manifest): (place: readonly Step[]) => boolean {
  const settings = new Map(
    manifest.plugins.map((plugin) => [
      placeKey([pluralOf(plugin.type), plugin.name]),
      secretSettings(plugin),
    ]),
  );
  const ofUnknown = secretSettings(undefined);
  const isVariable = secretVariablesOf(manifest);
  const isVariableAt = ([name]: readonly Step[]): boolean => typeof name === 'string' && isVariable(name);
  const inPlugin = ([plural, item, key, ...rest]: readonly Step[]): boolean => {
    const name = typeof item === 'object' ? item.name : null;
    const known = typeof plural === 'string' && name !== null ? settings.get(placeKey([plural, name])) : null;
    const isSecret = known ?? ofUnknown;
    if (typeof key !== 'string') return false;
    if (key === 'env') return isVariableAt(rest);
    if (key === 'settings') {
      const [setting, part, ...below] = rest;
      return part === 'value' && isSecret(dotted([setting ?? '', ...below]));
    }
    if (key === 'mappings') return rest[1] === 'config' && isSecret(dotted(rest.slice(2)));
    if (pluginKeys.has(key) && key !== 'config') return false;
    return isSecret(dotted(key === 'config' ? rest : [key, ...rest]));
  };
  const inEnvironment = ([, key, ...rest]: readonly Step[]): boolean => {
    if (key === 'env') return isVariableAt(rest);
    if (key !== 'config') return false;
    return rest[0] === 'plugins' ? inPlugin(rest.slice(1)) : looksSensitive(dotted(rest));
  };
  return (place) => {
    const [section, ...rest] = place;
    // Annotations are for other programs, so any of them may be a secret.
    if (place.includes('annotations')) return true;
    if (section === 'env') return isVariableAt(rest);
    if (section === 'plugins') return inPlugin(rest);
    if (section === 'schedules') return rest[1] === 'env' && isVariableAt(rest.slice(2));
    if (section === 'environments') return inEnvironment(rest);
    return section !== 'jobs' && looksSensitive(dotted(place));
  };
}

/** The name of a value with the names around it. An item of a list without a name has that of the list. */
function dotted(place: readonly Step[]): string {
  return place
    .map((step) => (typeof step === 'string' ? step : step.name))
    .filter((name) => name !== null)
    .join('.');
}
