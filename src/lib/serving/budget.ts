/** Something that requests share, such as memory: no more of it is given out than there is. */
export class Budget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes an amount. @returns false, and takes nothing, when less than that is left */
  take(amount: number): boolean {
    if (this.#used + amount > this.limit) return false;
    this.#used += amount;
    return true;
  }

  giveBack(amount: number): void {
    this.#used -= amount;
  }
}
