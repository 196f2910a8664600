import { InputCheck, InvalidInput } from '../errors.ts';
import type { SystemState } from '../runner/system-database.ts';
import type { Environment, Statements } from '../store/index.ts';
import type { StateText } from '../store/state.ts';
import { checkValues, documentLimits } from './check-state.ts';
import { checkStateId, holdingStates, placeIn, type Forcible } from './hold-states.ts';
import type { ImportReport } from './import-report.ts';
import { documentsText, isObject } from './state-documents.ts';

/** States that one statement writes: so many, or so many characters of documents. */
const batch = { states: 500, characters: 10_000_000 };

type Placed = Pick<Environment, 'id' | 'projectId'>;

/** What callers choose for states that are there already. */
export interface StateChoices extends Forcible {
  /** Replace what is there. */
  overwrite?: boolean | null | undefined;
}

/**
 * Writes the states of a system database into the environments that their ids name, each as one version. What is
 * there already stays, unless it is to be overwritten.
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
    else if (read) byEnvironment.set(environment, [...(byEnvironment.get(environment) ?? []), read]);
  }
  // In one order always, so that two imports cannot wait for each other.
  const places = [...byEnvironment].sort(([a], [b]) => (a.id < b.id ? -1 : 1));
  for (const [environment, texts] of places) {
    for (const some of batchesOf(texts)) await writeSome(tx, environment, some, choices, report);
  }
}

/** The environment that a state id names: what stands before its first colon. */
export function environmentIn<T>(environments: ReadonlyMap<string, T>, stateId: string): T | undefined {
  const [name = '', ...rest] = stateId.split(':');
  return rest.length > 0 ? environments.get(name) : undefined;
}

async function writeSome(
  tx: Statements,
  environment: Placed,
  states: readonly StateText[],
  { overwrite, force }: StateChoices,
  report: ImportReport,
): Promise<void> {
  const places = states.map(({ stateId }) => placeIn(environment, stateId, ['input', 'source']));
  await holdingStates(
    tx,
    places,
    async (forcedIn) => {
      const held = await tx.holdStates(places);
      const isNew = new Set(held.filter(({ version }) => version === 0).map(({ stateId }) => stateId));
      const differing = new Set(await tx.differing(environment.id, states));
      const written = states.filter(({ stateId }) => {
        if (isNew.has(stateId) || (differing.has(stateId) && overwrite === true)) return true;
        if (differing.has(stateId)) report.skip('STATE', stateId, 'EXISTS');
        else report.states.unchanged += 1;
        return false;
      });
      report.states.imported += written.length;
      if (written.length === 0) return;
      await tx.writeStates(environment.id, written, {
        ...{ change: 'IMPORT', runId: null, forced: forcedIn(environment.id) },
      });
    },
    { force },
  );
}

/** The documents of a state, or why they cannot be stored. */
function readState(state: SystemState): StateText | 'BAD_STATE_ID' | 'BAD_DOCUMENTS' | 'EMPTY' {
  const { stateId, completed, partial, isTooLong } = state;
  if (checkStateId(stateId) !== null) return 'BAD_STATE_ID';
  const documents = [completed ?? '{}', partial ?? '{}'];
  if (isTooLong || documents.some((text) => !isDocument(text))) return 'BAD_DOCUMENTS';
  if (documents.every((text) => text === '{}')) return 'EMPTY';
  return { stateId, text: documentsText(...(documents as [string, string])) };
}

function isDocument(text: string): boolean {
  if (text.length > documentLimits.length) return false;
  try {
    const value = JSON.parse(text) as unknown;
    const check = new InputCheck();
    checkValues(check, 'source', value, true);
    check.done();
    return isObject(value);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidInput) return false;
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
