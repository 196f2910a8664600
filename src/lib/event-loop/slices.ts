import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds for which work in slices keeps the event loop at a time. */
const sliceMs = 10;

export { nextTurn };

/**
 * For work that is done in slices: call the function it returns after each small piece. It lets the event loop turn
 * when the present slice has taken long enough.
 */
export function inSlices(): () => Promise<void> | undefined {
  let until = performance.now() + sliceMs;
  return () => {
    if (performance.now() < until) return undefined;
    return nextTurn().then(() => {
      until = performance.now() + sliceMs;
    });
  };
}

/** How many items of a long list are handed over in one turn of the event loop. */
const itemsATurn = 200;

/**
 * A list of which each part comes a turn of the event loop later, for a field whose objects are many: GraphQL
 * completes an object when its promise resolves, and would otherwise complete all of them at once.
 */
export function turnByTurn<Item>(items: readonly Item[]): (Item | Promise<Item>)[] {
  let turn = Promise.resolve();
  return items.map((item, i) => {
    if (i < itemsATurn) return item;
    if (i % itemsATurn === 0) turn = turn.then(() => nextTurn());
    return turn.then(() => item);
  });
}
