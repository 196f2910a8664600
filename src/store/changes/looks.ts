/** How often to look although nothing has woken it, in milliseconds: a notification can get lost. */
const pollMs = 5000;

/** How long after a look that failed comes the next, in milliseconds. */
const retryMs = 1000;

/** Looks at what many wait for, one look at a time: whoever asks while others wait for a look shares it. */
export class Looks {
  readonly #look: () => Promise<void>;
  readonly #polls: boolean;
  /** The look under way, and the one that follows it. */
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isOn = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param polls whether to look from time to time, between `start` and `stop` */
  constructor(look: () => Promise<void>, polls: boolean) {
    this.#look = look;
    this.#polls = polls;
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#wakeIn(this.#polls ? pollMs : null);
  }

  stop(): void {
    this.#isOn = false;
    clearTimeout(this.#timer);
  }

  /** Looks once more. The look begins after the call. */
  once(): Promise<void> {
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#current = this.#look();
        this.#next = null;
        return this.#current;
      });
    return this.#next;
  }

  /** Looks now, and again when it fails. */
  wake(): void {
    this.once().then(
      () => this.#wakeIn(this.#polls ? pollMs : null),
      () => this.#wakeIn(retryMs),
    );
  }

  #wakeIn(ms: number | null): void {
    clearTimeout(this.#timer);
    if (ms !== null && this.#isOn) this.#timer = setTimeout(() => this.wake(), ms).unref();
  }
}
