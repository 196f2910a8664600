interface Position {
  line: number;
  column: number;
}

/** A small change of the program. */
export interface Mutant {
  /** The absolute path of the file. */
  fileName: string;
  location: { start: Position; end: Position };
  mutatorName: string;
  replacement: string;
}

export function keyOf(mutant: Mutant): string;
