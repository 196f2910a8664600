/** How long one call writes, in milliseconds. Its transaction fails after 30 seconds. */
const budgetMs = 10_000;

/** A batch should take about this time, in milliseconds. */
const batchMs = 1000;

/** The first batch of a call, which shows how fast the database is. */
const firstBatch = 100;

/** Divides the writes of one transaction into batches that take little time, and ends them in time. */
export class TimeBudget {
  readonly #endsAt = performance.now() + budgetMs;
  #written = 0;

  /** Whether no other batch should be written. The first batch is always written, so that each call gets further. */
  get isOver(): boolean {
    return this.#written > 0 && performance.now() >= this.#endsAt;
  }

  /**
   * Writes items in batches, as many as there is time for.
   *
   * @param largest the largest batch
   * @returns how many of the items were written
   */
  async writeInBatches<T>(
    items: readonly T[],
    largest: number,
    write: (batch: readonly T[]) => Promise<void>,
  ): Promise<number> {
    let size = Math.min(firstBatch, largest);
    let done = 0;
    while (done < items.length && !this.isOver) {
      const batch = items.slice(done, done + size);
      const startedAt = performance.now();
      await write(batch);
      done += batch.length;
      this.#written += batch.length;
      const isFast = performance.now() - startedAt < batchMs / 2;
      size = Math.max(1, Math.min(largest, isFast ? size * 4 : Math.ceil(size / 2)));
    }
    return done;
  }
}
