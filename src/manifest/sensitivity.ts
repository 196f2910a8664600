/** Whether Meltano hides the values of a setting (meltano/core/setting_definition.py). */
export function isSensitive(setting: { kind: string | null; sensitive: boolean }): boolean {
  return setting.sensitive || setting.kind === 'password' || setting.kind === 'oauth';
}

/** Words that are about a secret by themselves, and words that others end in, such as `clientsecret`. */
const secretWord =
  /^(?:pwd|creds?|bearer|jwt|cookies?|dsn|auth|authorization|.*(?:password|passwd|passphrase|passcode|secret|token|credential|apikey|privatekey|accesskey|secretkey)s?)$/;

const secretPair =
  /(?:^| )(?:(?:api|private|access|secret|account|shared|signing|encryption|master|fernet|ssh|rsa|pgp) keys?|connection (?:string|uri|url)|(?:database|sqlalchemy|jdbc|webhook) (?:uri|url)|service account)(?: |$)/;

/** Last words that make it a fact about the secret instead, such as `token_url` and `auth_method`. */
const aboutIt =
  /^(?:type|kind|method|mode|name|user|username|path|file|filename|location|dir|expiry|expires|expiration|ttl|lifetime|timeout|limit|count|length|size|field|column|param|prefix|policy|strategy|version|format|algorithm|scopes?|enabled|required|endpoint|host|url|uri)$/;

/** A number of tokens, not a token. */
const amount = /^(?:max|min|num|total)(?: [a-z]+)* tokens?$/;

/**
 * Whether the name of a setting or a variable sounds like that of a secret, for names that no definition speaks
 * of. `name` may be dotted, in snake, kebab or camel case, or upper case. When in doubt it says so: a value hidden
 * for nothing is a nuisance, one shown by mistake is a leak.
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
  return last === 'pass' || words.some((word) => secretWord.test(word));
}
