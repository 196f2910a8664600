import { InputCheck, InvalidInput } from '../errors.ts';
import type { SystemState } from '../runner/system-database.ts';
import type { Environment, Statements } from '../store/index.ts';
import type { StateText } from '../store/state.ts';
import { checkValues, documentLimits } from './check-state.ts';
import { checkStateId, holdingStates, placeIn, type Forcible, type ForcedIn } from './hold-states.ts';
import type { ImportReport } from './import-report.ts';
import { isObject } from './is-object.ts';
import { documentsText } from './state-documents.ts';

/** States that one statement takes: so many, or so many characters of documents. */
const batch = { states: 500, characters: 10_000_000 };

type Placed = Pick<Environment, 'id' | 'projectId'>;

/** States that one call writes: while it does, the embedded database serves nobody else. */
const maxWritten = 2000;

/** What callers choose for states that are there already. */
export interface StateChoices extends Forcible {
  /** Replace what is there. */
  overwrite?: boolean | null | undefined;
}

/**
 * Writes the states of a system database into the environments that their ids name, each as one version. What is
 * there already stays, unless it is to be overwritten. What is too much for one call is left for the next.
 *
 * @param environments those of the project, by name
 * @throws Busy when a run holds one of the state ids, without `force`
 */
export async function importStates(
  tx: Statements,
  environments: ReadonlyMap<string, Placed>,
  states: readonly SystemState[],
  choices: StateChoices,
  report: ImportReport,
): Promise<void> {
  const byEnvironment = new Map<Placed, StateText[]>();
  for (const state of states) {
    const environment = environmentIn(environments, state.stateId);
    const read = environment && readState(state);
    if (!environment) report.skip('STATE', state.stateId, 'NO_ENVIRONMENT');
    else if (typeof read === 'string') report.skip('STATE', state.stateId, read);
    else if (read) {
      const texts = byEnvironment.get(environment) ?? [];
      byEnvironment.set(environment, texts);
      texts.push(read);
    }
  }
  let room = maxWritten;
  // In one order always, so that two imports cannot wait for each other.
  const places = [...byEnvironment].sort(([a], [b]) => (a.id < b.id ? -1 : 1));
  for (const [environment, texts] of places) {
    for (const some of batchesOf(texts)) {
      const wanted = await choose(tx, environment, some, choices, report);
      if (wanted.length > room) report.isComplete = false;
      await writeSome(tx, environment, wanted.slice(0, room), choices, report);
      room -= Math.min(room, wanted.length);
    }
  }
}

/** The environment that a state id names: what stands before its first colon. */
export function environmentIn<T>(environments: ReadonlyMap<string, T>, stateId: string): T | undefined {
  const [name = '', ...rest] = stateId.split(':');
  return rest.length > 0 ? environments.get(name) : undefined;
}

/** Those of the states that are to be written; what is there already stays, unless it is to be overwritten. */
async function choose(
  tx: Statements,
  environment: Placed,
  states: readonly StateText[],
  { overwrite }: StateChoices,
  report: ImportReport,
): Promise<StateText[]> {
  const present = await tx.compareStates(environment.id, states);
  const same = new Map(present.map(({ stateId, isSame }) => [stateId, isSame]));
  return states.filter(({ stateId }) => {
    const isSame = same.get(stateId);
    if (isSame === undefined || (!isSame && overwrite === true)) return true;
    if (isSame) report.states.unchanged += 1;
    else report.skip('STATE', stateId, 'EXISTS');
    return false;
  });
}

async function writeSome(
  tx: Statements,
  environment: Placed,
  states: readonly StateText[],
  { overwrite, force }: StateChoices,
  report: ImportReport,
): Promise<void> {
  if (states.length === 0) return;
  const places = states.map(({ stateId }) => placeIn(environment, stateId, ['input', 'source']));
  const write = async (forcedIn: ForcedIn): Promise<void> => {
    const held = await tx.holdStates(places);
    // Somebody else may have made one since they were chosen.
    const taken = new Set(held.flatMap(({ version, stateId }) => (version > 0 ? [stateId] : [])));
    const written = states.filter(({ stateId }) => overwrite === true || !taken.has(stateId));
    if (overwrite !== true) for (const stateId of taken) report.skip('STATE', stateId, 'EXISTS');
    report.states.imported += written.length;
    const author = { change: 'IMPORT', runId: null, forced: forcedIn(environment.id) } as const;
    if (written.length > 0) await tx.writeStates(environment.id, written, author);
  };
  await holdingStates(tx, places, write, { force });
}

/** The documents of a state, or why they cannot be stored. */
function readState(state: SystemState): StateText | 'BAD_STATE_ID' | 'BAD_DOCUMENTS' | 'EMPTY' {
  const { stateId, completed, partial, isTooLong } = state;
  if (!isFine((check) => checkStateId(check, 'source', stateId))) return 'BAD_STATE_ID';
  const documents = [completed ?? '{}', partial ?? '{}'];
  if (isTooLong || documents.some((text) => !isDocument(text))) return 'BAD_DOCUMENTS';
  if (documents.every((text) => text === '{}')) return 'EMPTY';
  return { stateId, text: documentsText(...(documents as [string, string])) };
}

function isDocument(text: string): boolean {
  if (text.length > documentLimits.length) return false;
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) && isFine((check) => checkValues(check, 'source', value, true));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Whether a check finds nothing wrong. */
function isFine(look: (check: InputCheck) => void): boolean {
  const check = new InputCheck();
  look(check);
  try {
    check.done();
    return true;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}

function batchesOf(states: readonly StateText[]): StateText[][] {
  const batches: StateText[][] = [];
  let characters = Infinity;
  for (const state of [...states].sort((a, b) => (a.stateId < b.stateId ? -1 : 1))) {
    const last = batches.at(-1);
    characters += state.text.length;
    if (last && last.length < batch.states && characters <= batch.characters) {
      last.push(state);
    } else {
      batches.push([state]);
      characters = state.text.length;
    }
  }
  return batches;
}
