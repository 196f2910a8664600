import { clientOf } from './client.ts';

/** Wrong tokens that an address may send at once, before it has to wait. */
const burst = 10;

/** Time after which an address may send one more, in milliseconds. */
const perTryMs = 2000;

/** For how long an address from which the right token came is trusted, in milliseconds. */
const trustMs = 3_600_000;

/** Addresses that are remembered. Beyond that, those that were quiet for longest are forgotten. */
const maxAddresses = 10_000;

interface Tries {
  /** When all of its wrong tokens will be forgiven. */
  forgivenAt: number;
  trustedUntil: number;
}

/**
 * Counts wrong tokens by the address from which they came, so that guessing is slow. Other addresses notice nothing of
 * it. An address from which the right token has come may be a proxy that many clients share: there the right token is
 * never kept waiting.
 */
export class FailedTries {
  readonly #tries = new Map<string, Tries>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** For how many seconds an address has to wait before its next try; 0 when it need not. */
  waitOf(address: string): number {
    const tries = this.#tries.get(clientOf(address));
    const excess = (tries?.forgivenAt ?? 0) - this.#now() - (burst - 1) * perTryMs;
    return Math.max(0, Math.ceil(excess / 1000));
  }

  isTrusted(address: string): boolean {
    return (this.#tries.get(clientOf(address))?.trustedUntil ?? 0) > this.#now();
  }

  /** Notes that a wrong token came. */
  failed(address: string): void {
    const { forgivenAt, trustedUntil } = this.#take(address);
    const most = this.#now() + burst * perTryMs;
    const next = Math.max(forgivenAt, this.#now()) + perTryMs;
    this.#put(address, { forgivenAt: Math.min(next, most), trustedUntil });
  }

  /** Notes that the right token came. */
  succeeded(address: string): void {
    const { forgivenAt } = this.#take(address);
    this.#put(address, { forgivenAt, trustedUntil: this.#now() + trustMs });
  }

  #take(address: string): Tries {
    return this.#tries.get(clientOf(address)) ?? { forgivenAt: 0, trustedUntil: 0 };
  }

  // A map keeps the order in which keys were added, so its first key is the one that was quiet for longest.
  #put(address: string, tries: Tries): void {
    const key = clientOf(address);
    this.#tries.delete(key);
    this.#tries.set(key, tries);
    if (this.#tries.size <= maxAddresses) return;
    const [oldest = ''] = this.#tries.keys();
    this.#tries.delete(oldest);
  }
}
