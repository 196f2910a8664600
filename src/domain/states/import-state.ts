import { InputCheck, InvalidInput } from '../../errors.ts';
import { inSlices } from '../../lib/event-loop/slices.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import type { StateText } from '../../store/states/states.ts';
import { checkLength, checkValues } from './documents/check-state.ts';
import {
  checkGiven,
  givenJson,
  jsonIn,
  storedText,
  type GivenDocument,
  type GivenJson,
} from './documents/read-document.ts';
import { areLarge, documentsText } from './documents/state-documents.ts';
import { get, parseExact, printExact, type ExactObject } from '../../lib/exact-json.ts';
import { checkStateId, withStateLeases, stateAddress, type Forcible } from './state-leases.ts';
import { isObject } from '../../lib/is-object.ts';
import { quoted } from '../../lib/quoted.ts';
import { findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

/** The most states that one call imports or exports. */
export const maxStates = 1000;

/** A state as a caller lists it. */
export interface ListedState {
  stateId: string;
  completed: GivenDocument;
  partial: GivenDocument;
}

/** Exactly one of `states` and `text` is given. */
export interface ImportStateInput extends Forcible {
  /** Id or path of the environment. */
  environment: string;
  states?: readonly ListedState[] | null | undefined;
  /** What `meltano state export` prints. */
  text?: string | null | undefined;
}

/**
 * Writes many states: all or none, each as one version. Other states stay. Source: Meltano `core/state_service.py`
 * (`import_state`), which checks nothing and stores null values.
 *
 * @returns the id of the environment
 * @throws NotFound, InvalidInput, Busy
 */
export async function importState({ db, transaction }: Gateway, input: ImportStateInput): Promise<string> {
  const environment = await findEnvironment(db, input.environment, ['input', 'environment']);
  const states = await readStates(input);
  if (states.length === 0) return environment.id;
  const places = states.map(({ stateId }, i) => {
    const at = input.text == null ? ['input', 'states', String(i), 'stateId'] : ['input', 'text'];
    return stateAddress(environment, stateId, at);
  });
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
async function readStates({ states, text }: ImportStateInput): Promise<StateText[]> {
  if (states != null && text == null) return listedStates(await givenStates(states));
  if (text != null && states == null) return statesIn(text);
  const message = 'Give either `states` or `text`.';
  throw new InvalidInput([{ path: ['input', 'states'], code: 'ONE_OF', message }]);
}

/** A state of a list, with its documents as text. */
interface GivenState {
  path: string;
  stateId: string;
  completed: GivenJson;
  partial: GivenJson;
}

async function givenStates(states: readonly ListedState[]): Promise<GivenState[]> {
  const turn = inSlices();
  const given: GivenState[] = [];
  for (const [i, { stateId, completed, partial }] of states.entries()) {
    const path = `states.${i}`;
    given.push({
      ...{ path, stateId },
      completed: await givenJson(completed, `${path}.completed`, turn),
      partial: await givenJson(partial, `${path}.partial`, turn),
    });
  }
  return given;
}

/** The states of a list. @throws InvalidInput */
const listedStates = byThread(
  'listedStates',
  (states: readonly GivenState[]): StateText[] => {
    const check = new InputCheck();
    const seen = new Set<string>();
    let length = 0;
    for (const { path, stateId, completed, partial } of states) {
      checkStateId(check, `${path}.stateId`, stateId);
      if (seen.has(stateId))
        check.add(`${path}.stateId`, 'REPEATED', `The state ${quoted(stateId)} is given twice.`);
      seen.add(stateId);
      for (const document of [completed, partial]) {
        checkGiven(check, document, (value) => {
          if (isObject(value)) return;
          check.add(document.path, 'NOT_AN_OBJECT', 'A document of a state is an object.');
        });
        length += document.text.length;
      }
    }
    checkLength(check, 'states', length);
    check.done();
    return states.map(({ stateId, completed, partial }) => ({
      ...{ stateId, text: documentsText(storedText(completed), storedText(partial)) },
    }));
  },
  {
    isLarge: (states) =>
      areLarge(...states.flatMap(({ completed, partial }) => [completed.text, partial.text])),
    throws: [InvalidInput],
  },
);

/** Levels of the text that are outside of the documents. */
const above = 2;

/** The states in JSON text of the form of `meltano state export`. @throws InvalidInput */
const statesIn = byThread(
  'statesIn',
  (text: string): StateText[] => {
    const check = new InputCheck();
    const value = jsonIn(text);
    if (!isObject(value)) {
      check.add('text', 'BAD_JSON', 'The text is not the JSON of an object of states.');
      check.done();
      return [];
    }
    const entries = Object.entries(value);
    if (entries.length > maxStates) {
      check.add('text', 'TOO_MANY', `There are ${entries.length} states; ${maxStates} are allowed.`);
      check.done();
    }
    checkValues(check, 'text', value, above);
    for (const [stateId, entry] of entries) checkEntry(check, stateId, entry);
    checkLength(check, 'text', text.length);
    check.done();
    const documents = parseExact(text) as ExactObject;
    return entries.map(([stateId]) => {
      const document = get(documents, stateId);
      return { stateId, text: document === undefined ? '{}' : printExact(document) };
    });
  },
  { isLarge: (text) => areLarge(text), throws: [InvalidInput] },
);

function checkEntry(check: InputCheck, stateId: string, entry: unknown): void {
  checkStateId(check, 'text', stateId);
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
  check.add('text', 'BAD_DOCUMENTS', message);
}
