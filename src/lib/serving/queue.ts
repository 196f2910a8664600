/** Lets so many go on at a time, and so many wait for it. */
export class Queue {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(places: number, maxWaiting: number) {
    this.#places = places;
    this.#maxWaiting = maxWaiting;
  }

  /** Waits for a place. @returns what gives it back; null when too many wait */
  async enter(): Promise<(() => void) | null> {
    if (this.#inside < this.#places) {
      this.#inside += 1;
    } else {
      if (this.#waiting.length >= this.#maxWaiting) return null;
      // Who leaves hands on the place.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    };
  }
}
