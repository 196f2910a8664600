import { AlreadyExists, Busy, InputCheck } from '../errors.ts';
import { isStorable } from '../runner/storable.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { RestartPolicy, Statements } from '../store/index.ts';
import { mistakeInCommand } from './blocks.ts';
import type { DeleteOptions } from './deletion.ts';
import { checkVariables, toStoredVariables, type Variable } from './environment-variables.ts';
import { checkName, quoted } from './names.ts';
import { findAndHoldEnvironment, findAndHoldService, findEnvironment } from './references.ts';
import { startNow, stopNow } from './service-control.ts';
import type { Services } from './services.ts';

type Optional<T> = T | null | undefined;

interface ServiceFields {
  /** A plugin, or `<plugin>:<command>`. */
  command?: Optional<string>;
  args?: Optional<readonly string[]>;
  env?: Optional<readonly Variable[]>;
  restartPolicy?: Optional<RestartPolicy>;
  /** Null for no limit; absent to leave it. */
  maxRestarts?: Optional<number>;
  backoffInitialSeconds?: Optional<number>;
  backoffMaxSeconds?: Optional<number>;
  stableAfterSeconds?: Optional<number>;
}

export interface CreateServiceInput extends ServiceFields {
  /** Id or path of the environment. */
  environment: string;
  name: string;
  command: string;
  /** Whether to start it at once; false when absent. */
  start?: Optional<boolean>;
}

/** The most that the fields of a service can hold. */
export const serviceLimits = { args: 100, argLength: 4096, restarts: 1000, seconds: 24 * 3600 };

/** Adds a service to an environment. @throws NotFound, InvalidInput, AlreadyExists */
export async function createService({ store }: Services, input: CreateServiceInput): Promise<string> {
  const path = ['input', 'environment'];
  const { name, command } = input;
  const { name: environmentName } = await findEnvironment(store, input.environment, path);
  try {
    return await store.transaction(async (tx) => {
      const environment = await findAndHoldEnvironment(tx, input.environment, path, 'SHARED');
      const check = new InputCheck();
      checkName(check, 'name', name);
      const fields = await checkFields(tx, check, environment.projectId, input);
      check.done();
      const { id } = await tx.createService({
        ...fields,
        ...(input.start === true ? startNow(null) : {}),
        ...{ environmentId: environment.id, name, command },
      });
      return id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw serviceExists(name, environmentName, ['input', 'name']);
    throw error;
  }
}

export interface UpdateServiceInput extends ServiceFields {
  /** Id or path of the service. */
  service: string;
}

/**
 * Changes those fields of a service that are given. A run that goes on keeps its command, arguments and variables.
 *
 * @throws NotFound, InvalidInput
 */
export async function updateService({ store }: Services, input: UpdateServiceInput): Promise<string> {
  return store.transaction(async (tx) => {
    const { id, environment } = await findAndHoldService(tx, input.service, ['input', 'service']);
    const check = new InputCheck();
    const fields = await checkFields(tx, check, environment.projectId, input);
    check.done();
    await tx.updateService(id, fields);
    return id;
  });
}

export interface DeleteServiceInput extends DeleteOptions {
  /** Id or path of the service. */
  service: string;
}

/**
 * Deletes a service: it disappears from lists and names, and its runs stay.
 *
 * @throws NotFound, InvalidInput; Busy while it runs, unless `force` stops it
 */
export async function deleteService({ store }: Services, input: DeleteServiceInput): Promise<string> {
  const path = ['input', 'service'];
  return store.transaction(async (tx) => {
    const service = await findAndHoldService(tx, input.service, path);
    if (service.currentRunId !== null && input.force !== true) {
      throw new Busy(
        'The service runs; stop it and wait until it has ended, or give `force: true` to stop it and delete it at once.',
        service.currentRunId,
        path,
      );
    }
    await stopNow(tx, service);
    await tx.markDeleted('Service', service.id, new Date());
    return service.id;
  });
}

/** The refusal of a name that a service of the environment has. */
export function serviceExists(name: string, environment: string, path: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a service "${name}" already; choose another name.`,
    path,
  );
}

/** Checks the fields that are given. @returns their columns */
async function checkFields(tx: Statements, check: InputCheck, projectId: string, input: ServiceFields) {
  const { command, args, env, restartPolicy, maxRestarts } = input;
  const plugins = command == null && env == null ? [] : await tx.pluginsOf(projectId);
  const mistake = command == null ? null : mistakeInCommand(command, plugins);
  if (mistake) check.add('command', mistake.code, mistake.message);
  checkArguments(check, args ?? []);
  checkVariables(check, env ?? []);
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
  if (args.length > serviceLimits.args) {
    const message = `\`args\` has ${args.length} entries; at most ${serviceLimits.args} are allowed.`;
    check.add('args', 'TOO_MANY', message);
    return;
  }
  args.forEach((arg, i) => {
    if (arg.length <= serviceLimits.argLength && isStorable(arg)) return;
    const message = `${quoted(arg)} has more than ${serviceLimits.argLength} characters, or holds a NUL or half a character.`;
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
