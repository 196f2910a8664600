/** A value of several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The median, and the ends. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const [low, high] = [at(Math.floor((sorted.length - 1) / 2)), at(Math.ceil((sorted.length - 1) / 2))];
  return { median: (low + high) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** The value below which a share of the others lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
