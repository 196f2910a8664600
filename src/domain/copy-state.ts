import { InputCheck, InvalidInput } from '../errors.ts';
import type { State, Statements } from '../store/index.ts';
import type { EnvironmentInPlace } from '../store/project.ts';
import { checkStateId, holdingStates } from './hold-states.ts';
import { environmentOf, findEnvironment, findState } from './references.ts';
import type { Services } from './services.ts';
import { isObject, mergeTexts } from './state-documents.ts';

/** A state id, in an environment or in the one that the source is in. */
export interface StateTarget {
  environment?: string | null | undefined;
  stateId: string;
}

export interface CopyStateInput {
  /** Id or path of the state to copy. */
  from: string;
  to: StateTarget;
}

/**
 * Copies a state to another state id: what the source's two documents merge to becomes the completed
 * document of the destination, whose partial one is emptied. What the destination held stays in its
 * versions. Source: Meltano `core/state_service.py` (`copy_state`).
 *
 * @returns the id of the destination
 * @throws NotFound, InvalidInput, Busy
 */
export async function copyState({ store }: Services, input: CopyStateInput): Promise<string> {
  return store.transaction(async (tx) => {
    const source = await findState(tx, input.from, ['input', 'from']);
    const { environment, own } = await findTarget(tx, input.to, source.environmentId);
    const { stateId } = input.to;
    if (environment.id === source.environmentId && stateId === source.stateId) {
      const message = 'The destination is the source itself; name another state id or environment.';
      throw new InvalidInput([{ path: ['input', 'to', 'stateId'], code: 'SAME_STATE', message }]);
    }
    const places = [
      { projectId: own.projectId, environmentId: own.id, stateId: source.stateId, path: ['input', 'from'] },
      {
        projectId: environment.projectId,
        environmentId: environment.id,
        stateId,
        path: ['input', 'to', 'stateId'],
      },
    ];
    return holdingStates(tx, places, async () => {
      // Read again, now that nobody can change it.
      const held = await findState(tx, input.from, ['input', 'from']);
      if (!holdsSingerState(held)) {
        const message = `The state "${held.stateId}" holds no "singer_state", so there is nothing to copy.`;
        throw new InvalidInput([{ path: ['input', 'from'], code: 'NO_SINGER_STATE', message }]);
      }
      const { completed, partial } = await tx.stateTexts(held.id);
      const text = `{"completed": ${mergeTexts(completed, partial)}, "partial": {}}`;
      return tx.writeState(environment.id, { stateId, text }, { change: 'COPY', runId: null });
    });
  });
}

function holdsSingerState({ completed, partial }: Pick<State, 'completed' | 'partial'>): boolean {
  return [completed, partial].some((document) => isObject(document) && 'singer_state' in document);
}

/** Finds where a state is to go, and the environment that it comes from. @throws NotFound, InvalidInput */
export async function findTarget(
  tx: Statements,
  target: StateTarget,
  sourceEnvironmentId: string,
): Promise<{ environment: EnvironmentInPlace; own: EnvironmentInPlace }> {
  const check = new InputCheck();
  const badId = checkStateId(target.stateId);
  if (badId) check.add('to.stateId', 'BAD_STATE_ID', badId);
  check.done();
  const own = await environmentOf(tx, sourceEnvironmentId);
  const environment =
    target.environment == null
      ? own
      : await findEnvironment(tx, target.environment, ['input', 'to', 'environment']);
  return { environment, own };
}
