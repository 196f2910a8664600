/**
 * Lets those who ask for the same in one turn of the event loop share the work. It begins when the turn has ended, so
 * nobody gets an answer that is older than his question.
 */
export class Turn<T> {
  readonly #asked = new Map<string, Promise<T>>();

  ask(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#asked.get(key);
    if (known) return known;
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#asked.delete(key);
      return work();
    });
    this.#asked.set(key, answer);
    return answer;
  }
}
