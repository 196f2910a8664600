import { cutText, toPostgresText } from '../../lib/postgres-text.ts';

/** A state in Meltano's system database. */
export interface SystemState {
  /** Null in a row without one, which Meltano does not make. */
  stateId: string | null;
  /** JSON text as Meltano wrote it; null when there is none. */
  completed: string | null;
  partial: string | null;
  /** Whether one of its documents is longer than `limits.characters`. They are then left out. */
  isTooLong: boolean;
}

/**
 * One extract-load pair of one invocation: a row of `runs`. The rows of an invocation have the same run id.
 */
export interface SystemRun {
  /** Normally a UUID, but it can be any text. It and what follows is null in a row that Meltano has not made. */
  runId: string | null;
  stateId: string | null;
  /** `SUCCESS`, `FAIL`, `RUNNING` … */
  status: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  heartbeatAt: Date | null;
  error: string | null;
}

/** What was read from a system database. */
export interface SystemDatabase {
  states: SystemState[];
  /** In the order of the table, the oldest first. */
  runs: SystemRun[];
  /** How many more there are than were read. */
  leftOut: { states: number; runs: number };
}

/** Why a system database could not be read. It contains no addresses and no passwords. */
export interface SystemDatabaseFailure {
  code: 'NO_FILE' | 'OUTSIDE' | 'NO_SYSTEM_DATABASE' | 'UNREADABLE';
  message: string;
}

/** The most that is read: numbers of rows, where the newest runs come first, and characters of documents. */
export const limits = {
  states: 10_000,
  runs: 100_000,
  characters: 5_000_000,
  allCharacters: 50_000_000,
  error: 2000,
};

/**
 * Runs queries one after the other in one read-only transaction, and answers their rows as lists of cells.
 */
export type RunQueries = (
  queries: readonly string[],
) => AsyncIterable<{ query: number; row: readonly unknown[] }>;

/**
 * Reads the tables of a system database. `STATE_EDIT` rows are not runs: `meltano state` writes one for each
 * change. Source: Meltano `core/job/job.py`, `core/job_state.py`.
 *
 * @param errorOf the SQL expression for the error of a run as JSON, from its column `payload`
 */
export async function readSystemDatabase(runQueries: RunQueries, errorOf: string): Promise<SystemDatabase> {
  const isRun = `coalesce(state, '') <> 'STATE_EDIT'`;
  const isTooLong = [...['completed_state', 'partial_state']]
    .map((column) => `coalesce(length(${column}), 0) > ${limits.characters}`)
    .join(' OR ');
  const document = (column: string): string => `CASE WHEN NOT (${isTooLong}) THEN ${column} END`;
  const queries = [
    'SELECT count(*) FROM state',
    `SELECT state_id, ${document('completed_state')}, ${document('partial_state')}, ${isTooLong} FROM state
     ORDER BY state_id LIMIT ${limits.states}`,
    `SELECT count(*) FROM runs WHERE ${isRun}`,
    `SELECT CAST(run_id AS varchar(36)), job_name, state, CAST(started_at AS varchar(32)), CAST(ended_at AS varchar(32)),
       CAST(last_heartbeat_at AS varchar(32)), CASE WHEN state = 'FAIL' THEN ${errorOf} END
     FROM runs WHERE ${isRun} ORDER BY id DESC LIMIT ${limits.runs}`,
  ];
  const found: SystemDatabase = { states: [], runs: [], leftOut: { states: 0, runs: 0 } };
  let characters = 0;
  for await (const { query, row } of runQueries(queries)) {
    if (query === 0) found.leftOut.states = Number(row[0]);
    if (query === 2) found.leftOut.runs = Number(row[0]);
    if (query === 3) found.runs.push(runOf(row));
    if (query === 1) {
      const state = stateOf(row);
      characters += (state.completed?.length ?? 0) + (state.partial?.length ?? 0);
      if (characters <= limits.allCharacters) found.states.push(state);
    }
  }
  found.leftOut.states -= found.states.length;
  found.leftOut.runs -= found.runs.length;
  // A run of which only a part was read is left out: its older rows are missing.
  if (found.leftOut.runs > 0) {
    const { runId } = found.runs.at(-1) as SystemRun;
    while (runId !== null && found.runs.at(-1)?.runId === runId) {
      found.runs.pop();
      found.leftOut.runs += 1;
    }
  }
  found.runs.reverse();
  return found;
}

function stateOf([stateId, completed, partial, isTooLong]: readonly unknown[]): SystemState {
  return {
    stateId: textOf(stateId),
    completed: textOf(completed),
    partial: textOf(partial),
    // SQLite has no booleans, only numbers.
    isTooLong: isTooLong === true || isTooLong === 1,
  };
}

function runOf([runId, stateId, status, ...rest]: readonly unknown[]): SystemRun {
  const [startedAt, endedAt, heartbeatAt, error] = rest;
  return {
    runId: uuidOf(textOf(runId)),
    stateId: textOf(stateId),
    status: textOf(status),
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    heartbeatAt: timeOf(heartbeatAt),
    error: errorIn(textOf(error)),
  };
}

function errorIn(json: string | null): string | null {
  if (json === null) return null;
  try {
    return cutText(toPostgresText(String(JSON.parse(json))), limits.error);
  } catch {
    return null;
  }
}

function textOf(cell: unknown): string | null {
  return typeof cell === 'string' ? cell : null;
}

// SQLite stores only the 32 digits.
function uuidOf(text: string | null): string | null {
  return text === null
    ? null
    : text.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, '$1-$2-$3-$4-$5').toLowerCase();
}

// Times are in UTC, without a time zone. Source: Meltano `core/sqlalchemy.py` (DateTimeUTC).
function timeOf(cell: unknown): Date | null {
  if (typeof cell !== 'string') return null;
  const time = new Date(`${cell.slice(0, 23).replace(' ', 'T')}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}
