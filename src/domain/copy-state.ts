import { InputCheck, InvalidInput } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { EnvironmentInPlace } from '../store/project.ts';
import { checkStateId, holdingStates, placeIn, type Forcible } from './hold-states.ts';
import { environmentOf, findEnvironment, findState } from './references.ts';
import type { Services } from './services.ts';
import { documentsText } from './state-documents.ts';
import { holdAt, mergedSinger } from './state-source.ts';

/** A state id, in an environment or in the one that the source is in. */
export interface StateTarget {
  environment?: string | null | undefined;
  stateId: string;
}

export interface CopyStateInput extends Forcible {
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
export function copyState({ store }: Services, input: CopyStateInput): Promise<string> {
  return store.transaction((tx) => transfer(tx, input, 'COPY'));
}

/**
 * Copies a state to another state id, and clears it where it was, both or neither. Source: Meltano
 * `core/state_service.py` (`move_state`).
 *
 * @returns the id of the destination
 * @throws NotFound, InvalidInput, Busy
 */
export function moveState({ store }: Services, input: CopyStateInput): Promise<string> {
  return store.transaction((tx) => transfer(tx, input, 'MOVE'));
}

async function transfer(tx: Statements, input: CopyStateInput, change: 'COPY' | 'MOVE'): Promise<string> {
  const source = await findState(tx, input.from, ['input', 'from']);
  const { environment, own } = await findTarget(tx, input.to, source.environmentId);
  const { stateId } = input.to;
  if (environment.id === source.environmentId && stateId === source.stateId) {
    const message = 'The destination is the source itself; name another state id or environment.';
    throw new InvalidInput([{ path: ['input', 'to', 'stateId'], code: 'SAME_STATE', message }]);
  }
  const from = placeIn(own, source.stateId, ['input', 'from']);
  const to = placeIn(environment, stateId, ['input', 'to', 'stateId']);
  return holdingStates(
    tx,
    [from, to],
    async (forcedIn) => {
      // Both, although one is not read: in one statement they are held in the one order that all keep.
      const at = await holdAt(tx, [from, to]);
      const text = documentsText(mergedSinger(at(from), from.path));
      const author = { change, runId: null, forced: forcedIn(environment.id) } as const;
      const id = await tx.writeState(environment.id, { stateId, text }, author);
      if (change === 'MOVE') {
        const cleared = { stateId: source.stateId, text: documentsText('{}') };
        await tx.writeState(own.id, cleared, { change: 'CLEAR', runId: null, forced: forcedIn(own.id) });
      }
      return id;
    },
    input,
  );
}

/** Finds where a state is to go, and the environment that it comes from. @throws NotFound, InvalidInput */
export async function findTarget(
  tx: Statements,
  target: StateTarget,
  sourceEnvironmentId: string,
): Promise<{ environment: EnvironmentInPlace; own: EnvironmentInPlace }> {
  const check = new InputCheck();
  checkStateId(check, 'to.stateId', target.stateId);
  check.done();
  const own = await environmentOf(tx, sourceEnvironmentId);
  const environment =
    target.environment == null
      ? own
      : await findEnvironment(tx, target.environment, ['input', 'to', 'environment']);
  return { environment, own };
}
