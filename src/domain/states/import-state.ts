import { InputCheck, InvalidInput } from '../../errors.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import type { StateText } from '../../store/states/states.ts';
import { addComplaints, checkLength, checkValues, type Complaint } from './check-state.ts';
import { givenJson, jsonIn } from './read-document.ts';
import { areLarge } from './state-documents.ts';
import { get, parseExact, printExact, type ExactObject } from '../../lib/exact-json.ts';
import { checkStateId, withStateLeases, stateAddress, type Forcible } from './state-leases.ts';
import { isObject } from '../../lib/is-object.ts';
import { quoted } from '../../lib/quoted.ts';
import { findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

/** The most states that one call imports or exports. */
export const maxStates = 1000;

export interface ImportStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  /** What `meltano state export` prints, as JSON or as JSON text. */
  states?: unknown;
}

/**
 * Writes states in the form that `meltano state export` prints: all or none, each as one version. Other
 * states stay. Source: Meltano `core/state_service.py` (`import_state`), which checks nothing and stores null
 * values.
 *
 * @returns the id of the environment
 * @throws NotFound, InvalidInput, Busy
 */
export async function importState({ db, transaction }: Gateway, input: ImportStateInput): Promise<string> {
  const environment = await findEnvironment(db, input.environment, ['input', 'environment']);
  const states = await readStates(input.states);
  if (states.length === 0) return environment.id;
  const places = states.map(({ stateId }) => stateAddress(environment, stateId, ['input', 'states']));
  return transaction((tx) =>
    withStateLeases(
      tx,
      places,
      async (forcedIn) => {
        const author = { change: 'IMPORT', runId: null, forced: forcedIn(environment.id) } as const;
        await tx.states.writeAll(environment.id, states, author);
        return environment.id;
      },
      input,
    ),
  );
}

/** @throws InvalidInput */
async function readStates(given: unknown): Promise<StateText[]> {
  const check = new InputCheck();
  const json = await givenJson(given, above);
  if (json === 'TOO_DEEP') addComplaints(check, 'states', [json]);
  else if (json === null) addNotJson(check);
  if (json === null || json === 'TOO_DEEP') {
    check.done();
    return [];
  }
  return statesIn(json.text, json.isText, json.complaints);
}

/** Levels of the given value that are outside of the documents. */
const above = 2;

/** The states in JSON text of the form of `meltano state export`. @throws InvalidInput */
const statesIn = byThread(
  'statesIn',
  (text: string, isText: boolean, complaints: readonly Complaint[]): StateText[] => {
    const check = new InputCheck();
    const value = jsonIn(text);
    if (!isObject(value)) {
      addNotJson(check);
      check.done();
      return [];
    }
    const entries = Object.entries(value);
    if (entries.length > maxStates) {
      check.add('states', 'TOO_MANY', `There are ${entries.length} states; ${maxStates} are allowed.`);
      check.done();
    }
    // What was wrong with a value is known: its numbers are others in its text.
    addComplaints(check, 'states', complaints);
    if (isText) checkValues(check, 'states', value, isText, above);
    for (const [stateId, entry] of entries) checkEntry(check, stateId, entry);
    checkLength(check, 'states', text);
    check.done();
    const documents = parseExact(text) as ExactObject;
    return entries.map(([stateId]) => {
      const document = get(documents, stateId);
      return { stateId, text: document === undefined ? '{}' : printExact(document) };
    });
  },
  { isLarge: (text) => areLarge(text), throws: [InvalidInput] },
);

function addNotJson(check: InputCheck): void {
  check.add('states', 'BAD_JSON', 'The states are neither an object nor the JSON text of one.');
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
