/** Why something in a system database was not imported. */
export type SkipReason =
  | ('NO_ENVIRONMENT' | 'BAD_STATE_ID' | 'BAD_DOCUMENTS' | 'EMPTY' | 'EXISTS')
  | ('BAD_RUN' | 'STILL_RUNNING' | 'TOO_MANY');

/** States or runs that were not imported for the same reason. */
export interface Skipped {
  kind: 'STATE' | 'RUN';
  /** The state id of them all; null when they have several. */
  stateId: string | null;
  reason: SkipReason;
  count: number;
}

/** How many of something an import has met. */
export interface ImportCounts {
  imported: number;
  /** Those that were there already. */
  unchanged: number;
  skipped: number;
}

/** How many different entries a report lists. */
export const maxSkipped = 100;

/** The longest state id that a report repeats. */
const maxIdLength = 250;

/** What an import from a system database has done. It can be JSON. */
export interface ImportedSystemDatabase {
  projectId: string;
  states: ImportCounts;
  runs: ImportCounts;
  skipped: Skipped[];
  /** Whether there are more entries than are listed. */
  isTruncated: boolean;
  /** Whether nothing is left for another call. */
  isComplete: boolean;
}

/** Counts what an import does. */
export class ImportReport {
  readonly states: ImportCounts = { imported: 0, unchanged: 0, skipped: 0 };
  readonly runs: ImportCounts = { imported: 0, unchanged: 0, skipped: 0 };
  readonly #skipped = new Map<string, Skipped>();
  /** Whether nothing is left for another call. */
  isComplete = true;
  #isTruncated = false;

  /** Notes what was not imported; what has the same state id and reason is one entry. */
  skip(kind: Skipped['kind'], id: string | null, reason: SkipReason, count = 1): void {
    (kind === 'STATE' ? this.states : this.runs).skipped += count;
    const stateId = id?.slice(0, maxIdLength) ?? null;
    const key = JSON.stringify([kind, stateId, reason]);
    const known = this.#skipped.get(key);
    if (known) known.count += count;
    else if (this.#skipped.size < maxSkipped) this.#skipped.set(key, { kind, stateId, reason, count });
    else this.#isTruncated = true;
  }

  /** What it has come to. */
  of(projectId: string): ImportedSystemDatabase {
    const { states, runs, isComplete } = this;
    const skipped = [...this.#skipped.values()];
    return { projectId, states, runs, skipped, isTruncated: this.#isTruncated, isComplete };
  }
}
