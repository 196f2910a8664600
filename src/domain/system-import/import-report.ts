/** Why a state or run was not imported. */
export type SkipReason =
  | 'NO_ENVIRONMENT'
  | 'BAD_STATE_ID'
  | 'BAD_DOCUMENTS'
  | 'EMPTY'
  | 'EXISTS'
  | 'BAD_RUN'
  | 'STILL_RUNNING'
  | 'TOO_MANY';

/** States or runs that were not imported for the same reason. */
export interface Skipped {
  kind: 'STATE' | 'RUN';
  /** Their state id; null when they have several, or none. */
  stateId: string | null;
  reason: SkipReason;
  count: number;
}

/** How many states or runs of each outcome. */
export interface ImportCounts {
  imported: number;
  /** Those that the store already had. */
  unchanged: number;
  skipped: number;
}

/** The most entries that a report lists. */
export const maxSkipped = 100;

/** The longest state id in a report, in characters. Longer ones are cut. */
const maxIdLength = 250;

/** The result of an import from a system database. It can be written as JSON. */
export interface ImportedSystemDatabase {
  projectId: string;
  states: ImportCounts;
  runs: ImportCounts;
  skipped: Skipped[];
  /** Whether some entries were left out of the list. */
  isTruncated: boolean;
  /** False when another call would import more. */
  isComplete: boolean;
}

/** Counts what an import does. */
export class ImportReport {
  readonly states: ImportCounts = { imported: 0, unchanged: 0, skipped: 0 };
  readonly runs: ImportCounts = { imported: 0, unchanged: 0, skipped: 0 };
  readonly #skipped = new Map<string, Skipped>();
  /** False when another call would import more. */
  isComplete = true;
  #isTruncated = false;

  /** Notes something that was not imported. All with the same state id and reason become one entry. */
  skip(kind: Skipped['kind'], id: string | null, reason: SkipReason, count = 1): void {
    (kind === 'STATE' ? this.states : this.runs).skipped += count;
    const stateId = id?.slice(0, maxIdLength) ?? null;
    const key = JSON.stringify([kind, stateId, reason]);
    const known = this.#skipped.get(key);
    if (known) known.count += count;
    else if (this.#skipped.size < maxSkipped) this.#skipped.set(key, { kind, stateId, reason, count });
    else this.#isTruncated = true;
  }

  /** The finished report. */
  of(projectId: string): ImportedSystemDatabase {
    const { states, runs, isComplete } = this;
    const skipped = [...this.#skipped.values()];
    return { projectId, states, runs, skipped, isTruncated: this.#isTruncated, isComplete };
  }
}
