import type { InputCheck } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { KnownPlugin } from './blocks.ts';
import type { StoredSetting } from './plugin-settings.ts';
import { canBeSecret, secretVariables, variablesIn } from '../secrets/what-is-secret.ts';
import { quoted } from '../../lib/quoted.ts';
import { choosesCode, isReservedName } from '../../runner/environment.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';
import { passwordsIn, redactedUrl, redaction, variablesOfSecret } from '../secrets/redact.ts';

/** An environment variable as callers give it. */
export type Variable = {
  name: string;
  value: string;
};

/** An environment variable as the store keeps it. */
export type StoredVariable = Variable & { sensitive: boolean };

/** The longest name and value of a variable, in characters. */
export const variableLimits = { nameLength: 200, valueLength: 32_768 };

/**
 * Notes everything that is wrong with variables.
 *
 * @param allowEnv names that the gateway's settings allow, though they can make a program run other code
 * @param path where the variables are in the input
 */
export function checkVariables(
  check: InputCheck,
  variables: readonly Variable[],
  { allowEnv }: Pick<Gateway, 'allowEnv'>,
  path = 'env',
): void {
  const seen = new Set<string>();
  variables.forEach(({ name, value }, i) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.length > variableLimits.nameLength) {
      check.add(
        `${path}.${i}.name`,
        'BAD_NAME',
        `${quoted(name)} is not the name of an environment variable.`,
      );
    }
    if (isReservedName(name)) {
      check.add(`${path}.${i}.name`, 'RESERVED', `${name} is set by the gateway itself and cannot be given.`);
    } else if (choosesCode(name, allowEnv)) {
      const message = `${quoted(name)} can make a program run other code and cannot be given, unless the gateway is started with \`--allow-env ${name}\`.`;
      check.add(`${path}.${i}.name`, 'RESERVED', message);
    }
    if (seen.has(name)) check.add(`${path}.${i}.name`, 'REPEATED', `${quoted(name)} is given twice.`);
    if (value.length > variableLimits.valueLength || !isPostgresText(value)) {
      check.add(
        `${path}.${i}.value`,
        'BAD_VALUE',
        `The value of ${quoted(name)} has more than ${variableLimits.valueLength} characters, or contains a NUL or an unpaired surrogate.`,
      );
    }
    seen.add(name);
  });
}

/**
 * Marks the variables whose values must stay hidden: those that set a sensitive setting of a plugin or a part
 * of one, those of which a secret is made, those whose name sounds like a secret, those whose value contains an address with a password or a
 * redacted part, and those that were marked before. A value that is nothing but `${VARIABLES}` stays.
 */
export function toStoredVariables(
  variables: readonly (Variable & Partial<StoredVariable>)[],
  plugins: readonly KnownPlugin[],
): StoredVariable[] {
  const settings = plugins.flatMap((plugin) => plugin.settings as unknown as StoredSetting[]);
  const isSecret = secretVariables(settings.filter(({ sensitive }) => sensitive).flatMap(variableNames));
  const parts = new Set(settings.flatMap(variablesOfSetting));
  // Meltano takes these values as they are.
  const literal = { isExpanded: false };
  return variables.map(({ name, value, sensitive = false }) => ({
    name,
    value,
    sensitive:
      sensitive ||
      ((isSecret(name) || parts.has(name)) && canBeSecret(value, literal)) ||
      redactedUrl(value, literal) !== value ||
      value.includes(redaction),
  }));
}

function variableNames({ envName, otherEnvNames }: StoredSetting): string[] {
  return [envName, ...otherEnvNames];
}

/** The variables of which the secrets of a setting are made, in the project and in each environment. */
function variablesOfSetting({ sensitive, default: byDefault, value, environments }: StoredSetting): string[] {
  const values = [byDefault, value, ...Object.values(environments).map((other) => other.value)];
  return values
    .filter((one) => typeof one === 'string')
    .flatMap((text) => (sensitive ? variablesOfSecret(text) : passwordsIn(text).flatMap(variablesIn)));
}
