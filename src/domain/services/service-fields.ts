import { AlreadyExists, InputCheck } from '../../errors.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';
import type { RestartPolicy, Statements } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';
import { mistakeInCommand } from '../definitions/blocks.ts';
import { checkVariables, toStoredVariables, type Variable } from '../definitions/environment-variables.ts';
import { quoted } from '../../lib/quoted.ts';

export type Optional<T> = T | null | undefined;

export interface ServiceFields {
  /** A plugin, or `<plugin>:<command>`. */
  command?: Optional<string>;
  args?: Optional<readonly string[]>;
  env?: Optional<readonly Variable[]>;
  restartPolicy?: Optional<RestartPolicy>;
  /** Null removes the limit, absent leaves it. */
  maxRestarts?: Optional<number>;
  backoffInitialSeconds?: Optional<number>;
  backoffMaxSeconds?: Optional<number>;
  stableAfterSeconds?: Optional<number>;
}

/** Limits for the fields of a service. */
export const serviceLimits = { argLength: 4096, restarts: 1000, seconds: 24 * 3600 };

/** The error for a name that another service of the environment has. */
export function serviceExists(name: string, environment: string, at: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a service "${name}" already; choose another name.`,
    at,
  );
}

/** Checks the given fields. @returns the columns to write */
export async function checkFields(
  gateway: Gateway,
  tx: Statements,
  check: InputCheck,
  projectId: string,
  input: ServiceFields,
) {
  const { command, args, env, restartPolicy, maxRestarts } = input;
  const plugins = command == null && env == null ? [] : await tx.plugins.of(projectId);
  const mistake = command == null ? null : mistakeInCommand(command, plugins);
  if (mistake) check.add('command', mistake.code, mistake.message);
  checkArguments(check, args ?? []);
  checkVariables(check, env ?? [], gateway);
  checkRange(check, 'maxRestarts', maxRestarts, 0, serviceLimits.restarts);
  const columns: Partial<Record<(typeof durations)[number], number>> = {};
  for (const column of durations) {
    const value = input[column];
    checkRange(check, column, value, 1, serviceLimits.seconds);
    if (value != null) columns[column] = value;
  }
  return {
    ...columns,
    ...(command == null ? {} : { command }),
    ...(args == null ? {} : { args: [...args] }),
    ...(env == null ? {} : { env: toStoredVariables(env, plugins) }),
    ...(restartPolicy == null ? {} : { restartPolicy }),
    ...(maxRestarts === undefined ? {} : { maxRestarts }),
  };
}

const durations = ['backoffInitialSeconds', 'backoffMaxSeconds', 'stableAfterSeconds'] as const;

function checkArguments(check: InputCheck, args: readonly string[]): void {
  args.forEach((arg, i) => {
    if (arg.length <= serviceLimits.argLength && isPostgresText(arg)) return;
    const message = `${quoted(arg)} has more than ${serviceLimits.argLength} characters, or contains a NUL or an unpaired surrogate.`;
    check.add(`args.${i}`, 'BAD_VALUE', message);
  });
}

function checkRange(
  check: InputCheck,
  path: string,
  value: Optional<number>,
  min: number,
  max: number,
): void {
  if (value == null || (value >= min && value <= max)) return;
  check.add(path, 'OUT_OF_RANGE', `\`${path}\` lies between ${min} and ${max}, and is ${value}.`);
}
