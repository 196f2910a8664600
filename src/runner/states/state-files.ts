import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../lib/is-object.ts';

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** The two documents that Meltano keeps for a state id. Each is `{"singer_state": …}` or `{}`. */
export interface StateDocuments {
  completed: JsonObject;
  partial: JsonObject;
}

/** A state as it is on disk. */
export interface StoredState extends StateDocuments {
  /**
   * The file as Meltano wrote it. JavaScript rounds whole numbers above 2^53, and drops the point of `1.0`.
   * Keep this text to give an extractor exactly what its loader has confirmed.
   */
  text: string;
}

/** A state to write: the documents, or the text of a `StoredState`, which is written unchanged. */
export type StateToWrite = StateDocuments | { text: string };

/** The result of `readStates`. */
export interface StatesOnDisk {
  states: Map<string, StoredState>;
  /** Ids whose file is not a complete document, for example because Meltano was killed while it wrote. */
  torn: string[];
}

/** Meltano writes in place, so a reader may see an empty or incomplete file for a moment. */
const tornReads = { attempts: 10, waitMs: 20 };

/**
 * Writes states in the layout of Meltano's `file://` backend. Each file is replaced as a whole. Source:
 * meltano/core/state_store/filesystem.py (the state id itself is the name of the directory, except on
 * Windows).
 *
 * @throws Error for a state id that cannot be the name of a directory; Meltano could not store it either
 */
export async function writeStates(
  stateDirectory: string,
  states: ReadonlyMap<string, StateToWrite>,
): Promise<void> {
  for (const [stateId, state] of states) {
    const directory = join(stateDirectory, directoryName(stateId));
    await mkdir(directory, { recursive: true });
    const text =
      'text' in state ? state.text : JSON.stringify({ completed: state.completed, partial: state.partial });
    await writeFile(join(directory, 'state.json.new'), text);
    await rename(join(directory, 'state.json.new'), join(directory, 'state.json'));
  }
}

/** Reads every state of a `file://` backend. A missing directory has none. */
export async function readStates(stateDirectory: string): Promise<StatesOnDisk> {
  const found: StatesOnDisk = { states: new Map(), torn: [] };
  for (const stateId of await readdir(stateDirectory).catch(() => [])) {
    const state = await readWhole(join(stateDirectory, stateId, 'state.json'));
    if (state === 'TORN') found.torn.push(stateId);
    else if (state !== null) found.states.set(stateId, state);
  }
  return found;
}

/**
 * Reads a state file, again while it is incomplete. Null when there is none, TORN when it stays incomplete.
 */
export async function readWhole(path: string): Promise<StoredState | 'TORN' | null> {
  for (let attempt = 1; attempt <= tornReads.attempts; attempt += 1) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return null;
    const state = parseState(text);
    if (state !== null) return state;
    await sleep(tornReads.waitMs);
  }
  return 'TORN';
}

/** Parses a state file; null when it is not a complete document. A missing or null document becomes `{}`. */
export function parseState(text: string): StoredState | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  return { completed: document(value.completed), partial: document(value.partial), text };
}

function document(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function directoryName(stateId: string): string {
  if (stateId === '' || stateId === '.' || stateId === '..' || /[/\0]/.test(stateId)) {
    throw new Error(`"${stateId}" cannot be a state id.`);
  }
  return stateId;
}
