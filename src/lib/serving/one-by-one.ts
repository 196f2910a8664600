/** Lets those who work at the same thing do so one after the other, in the order in which they came. */
export class OneByOne {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param key what is worked at, such as a directory */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(work);
    // A failure is no matter of those who come later.
    const settled = mine.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
