import { Budget } from './budget.ts';

/** Places that clients take for some time, of which one client may have only a part. */
export class Places {
  readonly #all: Budget;
  readonly #perClient: number;
  readonly #taken = new Map<string, number>();

  constructor({ all, perClient }: { all: number; perClient: number }) {
    this.#all = new Budget(all);
    this.#perClient = perClient;
  }

  /** Takes a place. @returns null, or whose places are all taken: this client's, or those of all clients together */
  take(client: string): 'CLIENT' | 'ALL' | null {
    const taken = this.#taken.get(client) ?? 0;
    if (taken >= this.#perClient) return 'CLIENT';
    if (!this.#all.take(1)) return 'ALL';
    this.#taken.set(client, taken + 1);
    return null;
  }

  giveBack(client: string): void {
    this.#all.giveBack(1);
    const left = (this.#taken.get(client) ?? 1) - 1;
    if (left === 0) this.#taken.delete(client);
    else this.#taken.set(client, left);
  }
}
