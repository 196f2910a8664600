/**
 * A function whose last answer holds for some time, so that many who ask cost as much as one.
 *
 * @param ask is not called again while it works, nor for that time after it has answered
 */
export function rememberedFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; until: number } | null = null;
  return () => {
    if (last !== null && performance.now() < last.until) return last.answer;
    const asked = { answer: ask(), until: Infinity };
    const hold = (): void => void (asked.until = performance.now() + ms);
    asked.answer.then(hold, hold);
    last = asked;
    return asked.answer;
  };
}
