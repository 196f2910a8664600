import { isObject } from '../../lib/is-object.ts';
import type { Manifest, ManifestPlugin } from '../../manifest/manifest.ts';
import { settingEnvNames } from '../../manifest/setting-env-name.ts';

/** Words that mean a secret. */
const secretWord = /^(?:pwd|creds?|bearer|jwt|cookies?|dsn|auth|authorization)$/;

/** Endings of such words, as in `clientsecret`. */
const secretEnding =
  /(?:password|passwd|passphrase|passcode|secret|token|credential|apikey|privatekey|accesskey|secretkey)s?$/;

const secretPair =
  /(?:^| )(?:(?:api|private|access|secret|account|shared|signing|encryption|master|fernet|ssh|rsa|pgp) keys?|connection (?:string|uri|url)|(?:database|sqlalchemy|jdbc|webhook) (?:uri|url)|service account)(?: |$)/;

/** Last words of names that only describe a secret, such as `token_url` and `auth_method`. */
const aboutIt =
  /^(?:type|kind|method|mode|name|user|username|path|file|filename|location|dir|expiry|expires|expiration|ttl|lifetime|timeout|limit|count|length|size|field|column|param|prefix|policy|strategy|version|format|algorithm|scopes?|enabled|required|endpoint|host|url|uri|in|seconds?|minutes?|hours?|days?|interval|rate|budget|quota|retries|attempts)$/;

/** Names of a number of tokens, and of a rate, such as `tokens_per_minute`. */
const amount = /^(?:max|min|num|total)(?: [a-z]+)* tokens?$|(?:^| )per /;

/**
 * Whether the name of a setting or variable sounds like that of a secret; for names that no definition
 * describes. The name may be dotted, in snake, kebab, camel or upper case. In doubt the answer is yes: to
 * hide a harmless value is annoying, but to show a secret is a leak.
 */
export function looksSensitive(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
  const phrase = words.join(' ');
  const last = words.at(-1) ?? '';
  if (secretPair.test(phrase)) return !aboutIt.test(last) || /(?:uri|url)$/.test(phrase);
  if (aboutIt.test(last) || amount.test(phrase)) return false;
  return last === 'pass' || words.some((word) => secretWord.test(word) || secretEnding.test(word));
}

/** The variables that Meltano replaces in the values of its files (meltano/core/utils, `ENV_VAR_PATTERN`). */
const variables = /\$(?:\{\w+\}|[A-Z][A-Z\d_]*)/g;

/**
 * Those of them that also a value means which Meltano takes as it is, such as the `env` of a schedule. There,
 * `$ECRET` may well be a password.
 */
const bracedVariables = /\$\{\w+\}/g;

/** What may stand between variables, and before the one of a header. */
const joins = /^(?:(?:bearer|basic|token)\s)?[\s:;,/@|._-]*$/i;

/** An address: what stands before the last `@`, the host and its path, and the parameters. */
const address = /^[a-z][a-z\d+.-]*:\/\/([^\s/@]*)@([^\s@?#]*)(?:\?([^\s@#]*))?$/i;

/**
 * Whether a value can be a secret, if its name is that of one. A value that is nothing but variables is none, and
 * neither are an empty one, null, true and false.
 *
 * @param isExpanded whether Meltano replaces the variables in it
 */
export function canBeSecret(value: unknown, { isExpanded = true } = {}): boolean {
  if (typeof value === 'string') return !/^(?:true|false|)$/i.test(value) && !isReference(value, isExpanded);
  if (Array.isArray(value)) return value.some((item) => canBeSecret(item, { isExpanded }));
  if (isObject(value)) return Object.values(value).some((item) => canBeSecret(item, { isExpanded }));
  return typeof value === 'number';
}

/** Whether a text is nothing but variables, such as `${PASSWORD}` and `postgresql://${USER}:${PASSWORD}@host`. */
function isReference(text: string, isExpanded: boolean): boolean {
  if (isNothingButVariables(text, isExpanded)) return true;
  const [, login = '', , parameters = ''] = address.exec(text) ?? [];
  return (
    isNothingButVariables(login, isExpanded) &&
    parameters.split('&').every((parameter) => {
      const [name = '', ...value] = parameter.split('=');
      return !looksSensitive(name) || isNothingButVariables(value.join('='), isExpanded);
    })
  );
}

/** Whether a text has variables, and else only what may stand between them. */
export function isNothingButVariables(text: string, isExpanded = true): boolean {
  const rest = text.replace(isExpanded ? variables : bracedVariables, '');
  return rest !== text && joins.test(rest);
}

/** The names of the variables in a text that Meltano expands. */
export function variablesIn(text: string): string[] {
  return (text.match(variables) ?? []).map((found) => found.replace(/[${}]/g, ''));
}

/** A text with its variables replaced as Meltano does. */
export function replaceVariables(text: string, valueOf: (name: string) => string): string {
  return text.replace(variables, (found) => valueOf(found.replace(/[${}]/g, '')));
}

/** Tells of names of one kind whether they are those of secrets. */
export type IsSecret = (name: string) => boolean;

/**
 * Tells which settings of a plugin are secrets: those that its definition calls sensitive, every part of them,
 * and those that sound like a secret. A part has a dotted name, and so has a setting that is written nested.
 */
export function secretSettings(plugin: Pick<ManifestPlugin, 'settings'> | undefined): IsSecret {
  const sensitive = plugin?.settings.filter((setting) => setting.sensitive) ?? [];
  const isPart = partsOf(new Set(sensitive.flatMap(({ name, aliases }) => [name, ...aliases])), '.');
  return (name) => isPart(name) || looksSensitive(name);
}

/**
 * Tells which variables are secrets: those of sensitive settings, those of parts of them, and those that sound
 * like a secret.
 *
 * @param sensitive the names of the variables of sensitive settings
 */
export function secretVariables(sensitive: Iterable<string>): IsSecret {
  const isPart = partsOf(new Set(sensitive), '_');
  return (name) => isPart(name) || looksSensitive(name);
}

/** Tells which variables are secrets for a manifest. */
export function secretVariablesOf({ plugins }: Pick<Manifest, 'plugins'>): IsSecret {
  return secretVariables(
    plugins.flatMap((plugin) => {
      const isSecret = secretSettings(plugin);
      return plugin.settings
        .filter(({ name }) => isSecret(name))
        .flatMap((setting) => settingEnvNames(plugin, setting));
    }),
  );
}

/** Tells whether a name is one of some names, or begins with one of them and a separator. */
function partsOf(names: ReadonlySet<string>, separator: string): IsSecret {
  const longest = [...names].reduce((length, name) => Math.max(length, name.length), 0);
  return (name) => {
    if (names.has(name)) return true;
    for (
      let end = name.indexOf(separator);
      end !== -1 && end <= longest;
      end = name.indexOf(separator, end + 1)
    ) {
      if (names.has(name.slice(0, end))) return true;
    }
    return false;
  };
}
