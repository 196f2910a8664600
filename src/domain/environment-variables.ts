import type { InputCheck } from '../errors.ts';
import type { KnownPlugin } from './blocks.ts';
import type { StoredSetting } from './plugin.ts';
import { looksSensitive } from '../manifest/sensitivity.ts';
import { quoted } from './names.ts';
import { isReservedName } from '../runner/environment.ts';
import { isStorable } from '../runner/storable.ts';
import { redactedUrl, redaction } from './redact.ts';

/** An environment variable that a caller gives. */
export type Variable = {
  name: string;
  value: string;
};

/** An environment variable as it is stored. */
export type StoredVariable = Variable & { sensitive: boolean };

const limits = { entries: 100, nameLength: 200, valueLength: 32_768 };

/**
 * Notes everything that is wrong with the variables of an input's `env`.
 *
 * @param path where in the input they stand
 */
export function checkVariables(check: InputCheck, variables: readonly Variable[], path = 'env'): void {
  if (variables.length > limits.entries) {
    check.add(
      path,
      'TOO_MANY',
      `\`env\` has ${variables.length} entries; at most ${limits.entries} are allowed.`,
    );
  }
  const seen = new Set<string>();
  variables.slice(0, limits.entries).forEach(({ name, value }, i) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.length > limits.nameLength) {
      check.add(
        `${path}.${i}.name`,
        'BAD_NAME',
        `${quoted(name)} is not the name of an environment variable.`,
      );
    }
    if (isReservedName(name)) {
      check.add(`${path}.${i}.name`, 'RESERVED', `${name} is set by the gateway itself and cannot be given.`);
    }
    if (seen.has(name)) check.add(`${path}.${i}.name`, 'REPEATED', `${quoted(name)} is given twice.`);
    if (value.length > limits.valueLength || !isStorable(value)) {
      check.add(
        `env.${i}.value`,
        'BAD_VALUE',
        `The value of ${quoted(name)} has more than ${limits.valueLength} characters, or holds a NUL or half a character.`,
      );
    }
    seen.add(name);
  });
}

/**
 * Marks the variables whose values readers must not see: those of plugins' sensitive settings, those that
 * sound like a secret, those that hold an address with a password or what was redacted, and those that were marked before.
 */
export function toStoredVariables(
  variables: readonly (Variable & Partial<StoredVariable>)[],
  plugins: readonly KnownPlugin[],
): StoredVariable[] {
  const secrets = new Set(
    plugins.flatMap(({ settings }) =>
      (settings as unknown as StoredSetting[]).flatMap(({ sensitive, envName, otherEnvNames }) =>
        sensitive ? [envName, ...otherEnvNames] : [],
      ),
    ),
  );
  return variables.map(({ name, value, sensitive = false }) => ({
    name,
    value,
    sensitive:
      sensitive ||
      secrets.has(name) ||
      looksSensitive(name) ||
      redactedUrl(value) !== value ||
      value.includes(redaction),
  }));
}
