import { InputCheck } from '../errors.ts';
import type { StateText } from '../store/state.ts';
import { checkLength, checkValues, givenJson } from './check-state.ts';
import { parseExact, printExact, type ExactJson } from './exact-json.ts';
import { checkStateId, holdingStates, placeIn, type Forcible } from './hold-states.ts';
import { isObject } from './is-object.ts';
import { quoted } from './names.ts';
import { findEnvironment } from './references.ts';
import type { Services } from './services.ts';

/** How many states one call takes in or gives out. */
export const maxStates = 1000;

export interface ImportStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  /** What `meltano state export` prints, as JSON or as JSON text. */
  states?: unknown;
}

/**
 * Writes states in the shape of `meltano state export`, all or none, each as one version; states of other ids stay.
 * Source: Meltano `core/state_service.py` (`import_state`), which looks at nothing and stores nulls.
 *
 * @returns the id of the environment
 * @throws NotFound, InvalidInput, Busy
 */
export async function importState({ store }: Services, input: ImportStateInput): Promise<string> {
  const environment = await findEnvironment(store, input.environment, ['input', 'environment']);
  const states = readStates(input.states);
  if (states.length === 0) return environment.id;
  const places = states.map(({ stateId }) => placeIn(environment, stateId, ['input', 'states']));
  return store.transaction((tx) =>
    holdingStates(
      tx,
      places,
      async (forcedIn) => {
        const author = { change: 'IMPORT', runId: null, forced: forcedIn(environment.id) } as const;
        await tx.writeStates(environment.id, states, author);
        return environment.id;
      },
      input,
    ),
  );
}

/** @throws InvalidInput */
function readStates(given: unknown): StateText[] {
  const check = new InputCheck();
  const json = givenJson(given);
  if (!json || !isObject(json.value)) {
    check.add('states', 'BAD_JSON', 'The states are neither an object nor the JSON text of one.');
    check.done();
    return [];
  }
  const entries = Object.entries(json.value);
  if (entries.length > maxStates) {
    check.add('states', 'TOO_MANY', `There are ${entries.length} states; ${maxStates} are allowed.`);
    check.done();
  }
  const isFlat = checkValues(check, 'states', json.value, json.isText, 2);
  for (const [stateId, entry] of entries) checkEntry(check, stateId, entry);
  const text = isFlat ? json.text() : '';
  checkLength(check, 'states', text);
  check.done();
  const documents = parseExact(text) as Record<string, ExactJson>;
  return entries.map(([stateId]) => ({ stateId, text: printExact(documents[`s${stateId}`] ?? {}) }));
}

function checkEntry(check: InputCheck, stateId: string, entry: unknown): void {
  checkStateId(check, 'states', stateId);
  const keys = isObject(entry) ? Object.keys(entry).sort().join() : '';
  if (
    isObject(entry) &&
    keys === 'completed,partial' &&
    isObject(entry.completed) &&
    isObject(entry.partial)
  ) {
    return;
  }
  const message = `The state ${quoted(stateId)} is no object of the two documents \`completed\` and \`partial\`, both of them objects; an empty one is {}.`;
  check.add('states', 'BAD_DOCUMENTS', message);
}
