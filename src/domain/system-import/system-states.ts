import { InputCheck, InvalidInput } from '../../errors.ts';
import type { SystemState } from '../../runner/system-database/system-database.ts';
import type { Environment, Statements } from '../../store/index.ts';
import type { StateText } from '../../store/states/states.ts';
import { checkValues, documentLimits } from '../states/documents/check-state.ts';
import {
  checkStateId,
  withStateLeases,
  stateAddress,
  type Forcible,
  type ForcedIn,
} from '../states/state-leases.ts';
import { environmentIn, type Environments } from './environment-in.ts';
import type { ImportReport, SkipReason } from './import-report.ts';
import type { TimeBudget } from './time-budget.ts';
import { isObject } from '../../lib/is-object.ts';
import { jsonIn } from '../states/documents/read-document.ts';
import { areLarge, documentsText } from '../states/documents/state-documents.ts';
import { byThread } from '../../lib/event-loop/threads.ts';

/** The most that one statement writes: states, and characters of their documents together. */
const batch = { states: 500, characters: 10_000_000 };

type OwnEnvironment = Pick<Environment, 'id' | 'projectId'>;

/** The most states that one call writes. The embedded database serves no other requests in the meantime. */
const maxWritten = 2000;

/** What callers choose for states that exist already. */
export interface StateChoices extends Forcible {
  /** Whether to replace existing documents. */
  overwrite?: boolean | null | undefined;
}

/** States of one environment to write. */
export interface StatesToWrite {
  environment: OwnEnvironment;
  /** Of a size that one statement can write. */
  batches: StateText[][];
}

/**
 * Finds the states of a system database that are to be written into the environments that their ids name. Existing
 * states stay, unless `overwrite` is true.
 */
export async function statesToWrite(
  db: Statements,
  environments: Environments<OwnEnvironment>,
  states: readonly SystemState[],
  choices: StateChoices,
  report: ImportReport,
): Promise<StatesToWrite[]> {
  const byEnvironment = new Map<OwnEnvironment, StateText[]>();
  for (const state of states) {
    const environment = environmentIn(environments, state.stateId);
    const isNamed = environment !== null || state.stateId === null;
    const read = isNamed ? await readState(state) : 'NO_ENVIRONMENT';
    if (environment === null || typeof read === 'string') {
      report.skip('STATE', state.stateId, typeof read === 'string' ? read : 'NO_ENVIRONMENT');
      continue;
    }
    const texts = byEnvironment.get(environment) ?? [];
    byEnvironment.set(environment, texts);
    texts.push(read);
  }
  // Always in the same order, so that two imports cannot deadlock.
  const ordered = [...byEnvironment].sort(([a], [b]) => (a.id < b.id ? -1 : 1));
  const found: StatesToWrite[] = [];
  for (const [environment, texts] of ordered) {
    const batches: StateText[][] = [];
    for (const some of batchesOf(texts)) {
      const wanted = await choose(db, environment, some, choices, report);
      if (wanted.length > 0) batches.push(wanted);
    }
    found.push({ environment, batches });
  }
  return found;
}

/**
 * Writes states, each as one version. What is too much for one call is left for the next one.
 *
 * @throws Busy when a run has a lease on one of the state ids, without `force`
 */
export async function writeStates(
  tx: Statements,
  states: readonly StatesToWrite[],
  choices: StateChoices,
  budget: TimeBudget,
  report: ImportReport,
): Promise<void> {
  let room = maxWritten;
  for (const { environment, batches } of states) {
    for (const batch of batches) {
      const written = await budget.writeInBatches(batch.slice(0, room), batch.length, (some) =>
        writeSome(tx, environment, some, choices, report),
      );
      room -= written;
      if (written < batch.length) report.isComplete = false;
    }
  }
}

/** The states to write: the new ones, and with `overwrite` also those that exist with other documents. */
async function choose(
  db: Statements,
  environment: OwnEnvironment,
  states: readonly StateText[],
  { overwrite }: StateChoices,
  report: ImportReport,
): Promise<StateText[]> {
  const present = await db.states.compare(environment.id, states);
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
  environment: OwnEnvironment,
  states: readonly StateText[],
  { overwrite, force }: StateChoices,
  report: ImportReport,
): Promise<void> {
  if (states.length === 0) return;
  const addresses = states.map(({ stateId }) => stateAddress(environment, stateId, ['input', 'source']));
  const write = async (forcedIn: ForcedIn): Promise<void> => {
    const locked = await tx.states.lockRows(addresses);
    // Another transaction may have written some of them after `choose` had looked.
    const taken = new Set(locked.flatMap(({ version, stateId }) => (version > 0 ? [stateId] : [])));
    const written = states.filter(({ stateId }) => overwrite === true || !taken.has(stateId));
    if (overwrite !== true) for (const stateId of taken) report.skip('STATE', stateId, 'EXISTS');
    report.states.imported += written.length;
    const author = { change: 'IMPORT', runId: null, forced: forcedIn(environment.id) } as const;
    if (written.length > 0) await tx.states.writeAll(environment.id, written, author);
  };
  await withStateLeases(tx, addresses, write, { force });
}

/** The documents of a state, or the reason why they cannot be stored. */
async function readState(state: SystemState): Promise<StateText | SkipReason> {
  const { stateId, completed, partial, isTooLong } = state;
  if (stateId === null || !isFine((check) => checkStateId(check, 'source', stateId))) return 'BAD_STATE_ID';
  const documents = [completed ?? '{}', partial ?? '{}'];
  if (isTooLong) return 'BAD_DOCUMENTS';
  for (const text of documents) if (!(await isDocument(text))) return 'BAD_DOCUMENTS';
  if (documents.every((text) => text === '{}')) return 'EMPTY';
  return { stateId, text: documentsText(...(documents as [string, string])) };
}

const isDocument = byThread(
  'isDocument',
  (text: string): boolean => {
    if (text.length > documentLimits.length) return false;
    const value = jsonIn(text);
    return isObject(value) && isFine((check) => checkValues(check, 'source', value));
  },
  { isLarge: areLarge },
);

/** Whether a check finds no mistake. */
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
