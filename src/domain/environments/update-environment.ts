import { Conflict, InputCheck } from '../../errors.ts';
import type { Environment, EnvironmentSchedules, Statements } from '../../store/index.ts';
import { refuseReadOnly } from '../mirror/edit-manifest.ts';
import { findAndLockEnvironment, findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { type EnvironmentFields, checkFields, writeEnvironment } from './environment-fields.ts';

export interface UpdateEnvironmentInput extends EnvironmentFields {
  /** Id or path of the environment. */
  environment: string;
  /** Whether imported schedules are enabled in it, now and by later imports. */
  schedules?: EnvironmentSchedules | null | undefined;
}

/** Changes the given fields of an environment. @throws NotFound, InvalidInput, Conflict */
export async function updateEnvironment(gateway: Gateway, input: UpdateEnvironmentInput): Promise<Updated> {
  const { stateIdSuffix } = input;
  const check = new InputCheck();
  checkFields(gateway, check, input);
  check.done();
  return gateway.transaction(async (tx) => {
    const path = ['input', 'environment'];
    const { projectId } = await findEnvironment(tx, input.environment, path);
    await tx.rowLocks.project(projectId, 'EXCLUSIVE');
    const { id, project, ...before } = await findAndLockEnvironment(tx, input.environment, path, 'SHARED');
    const hasSchedules = await changeSchedules(tx, { id, ...before }, input.schedules);
    if (project.manifestMode === 'MANAGED') {
      return { id, isChanged: (await writeEnvironment(tx, project, before.name, input)) || hasSchedules };
    }
    if (input.env !== undefined) refuseReadOnly(project, ['input', 'env']);
    if (input.plugins != null) refuseReadOnly(project, ['input', 'plugins']);
    // Source: Meltano `core/block/extract_load.py` (`generate_state_id`), which ignores an empty option.
    if (stateIdSuffix === null && before.stateIdSuffix !== null) {
      throw new Conflict(
        'Without a suffix Meltano takes the one in `meltano.yml`, if there is one; give another suffix, or remove it there and import again.',
        ['input', 'stateIdSuffix'],
      );
    }
    const isChanged = stateIdSuffix !== undefined && stateIdSuffix !== before.stateIdSuffix;
    if (isChanged) await tx.environments.update(id, { stateIdSuffix });
    return { id, isChanged: isChanged || hasSchedules };
  });
}

async function changeSchedules(
  tx: Statements,
  { id, importedSchedules }: Pick<Environment, 'id' | 'importedSchedules'>,
  schedules: EnvironmentSchedules | null | undefined,
): Promise<boolean> {
  if (schedules == null) return false;
  if (schedules !== importedSchedules) await tx.environments.update(id, { importedSchedules: schedules });
  const changed = await (schedules === 'ENABLED'
    ? tx.schedules.enableImported(id)
    : tx.schedules.pauseImported(id));
  return schedules !== importedSchedules || changed > 0;
}
