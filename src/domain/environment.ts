import { Conflict, InputCheck } from '../errors.ts';
import { deleteWithContents, type DeleteOptions } from './deletion.ts';
import { findAndHoldEnvironment } from './references.ts';
import type { Services } from './services.ts';
import { checkSuffix } from './state-id-suffix.ts';

export interface UpdateEnvironmentInput {
  /** Id or path of the environment. */
  environment: string;
  /** Null to have none, which an imported environment with one cannot; absent to leave it. */
  stateIdSuffix?: string | null | undefined;
}

/** Changes those fields of an environment that are given. @throws NotFound, InvalidInput, Conflict */
export async function updateEnvironment({ store }: Services, input: UpdateEnvironmentInput): Promise<string> {
  const { stateIdSuffix } = input;
  const check = new InputCheck();
  checkSuffix(check, stateIdSuffix, { dollar: false });
  check.done();
  return store.transaction(async (tx) => {
    const path = ['input', 'environment'];
    const { id, project, ...before } = await findAndHoldEnvironment(tx, input.environment, path, 'SHARED');
    // Source: Meltano `core/block/extract_load.py` (`generate_state_id`), which passes over an empty option.
    if (stateIdSuffix === null && before.stateIdSuffix !== null && project.manifest === 'READ_ONLY') {
      throw new Conflict(
        'Without a suffix Meltano takes the one in `meltano.yml`, if there is one; give another suffix, or remove it there and import again.',
        ['input', 'stateIdSuffix'],
      );
    }
    if (stateIdSuffix !== undefined) await tx.updateEnvironment(id, { stateIdSuffix });
    return id;
  });
}

export interface DeleteEnvironmentInput extends DeleteOptions {
  /** Id or path of the environment. */
  environment: string;
}

/**
 * Deletes an environment: it disappears from lists and names. Its runs, and its states with their versions,
 * go with it out of reach.
 *
 * @throws NotFound, InvalidInput; Conflict when there is something in it, unless `force` deletes that with it;
 *   Busy when a run of it has not ended
 */
export async function deleteEnvironment({ store }: Services, input: DeleteEnvironmentInput): Promise<string> {
  const path = ['input', 'environment'];
  return store.transaction(async (tx) => {
    const { id } = await findAndHoldEnvironment(tx, input.environment, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Environment', id, input, path);
    return id;
  });
}
