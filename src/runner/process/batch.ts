/** Collects items and delivers them in batches, in order. */
export interface Batcher<Item> {
  /** Adds items. Resolves when there is room for more, so that the reader waits. */
  push(items: readonly Item[]): Promise<void>;
  /** Delivers the remaining items, and resolves when all of them are taken. */
  flush(): Promise<void>;
}

interface BatchOptions<Item> {
  /** Receives a batch. The next batch is collected meanwhile, and delivered when the promise resolves. */
  deliver: (batch: Item[]) => void | Promise<void>;
  /** Receives errors of `deliver`. The batch is lost; later ones are still delivered. */
  onFault: (error: unknown) => void;
  /** A batch with this number of items is delivered at once, unless another one is being delivered. */
  readyItems: number;
  /** The highest number of items in a batch. */
  maxItems: number;
  /** A batch takes no more items when the sum of their sizes is at least this. */
  maxSize: number;
  sizeOf: (item: Item) => number;
  /** The longest time that a batch waits for more items, in milliseconds. */
  maxDelayMs: number;
}

/**
 * Makes a batcher. A batch is delivered when it has enough items or is old enough, one batch at a time. So
 * there are at most two: one is being delivered, the other is being collected. When deliveries are slow,
 * batches become larger.
 */
export function batch<Item>(options: BatchOptions<Item>): Batcher<Item> {
  const { readyItems, maxItems, maxSize, sizeOf, maxDelayMs, onFault } = options;
  const waiting: Item[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | null = null;
  let delivering = Promise.resolve();
  let isBusy = false;
  // Resolves when the next delivery begins. That delivery takes everything that waits at that time.
  let beginning: Promise<void> | null = null;

  const deliver = async (items: Item[]): Promise<void> => {
    if (items.length === 0) return;
    isBusy = true;
    try {
      await options.deliver(items);
    } catch (error) {
      onFault(error);
    }
    isBusy = false;
  };
  const handOn = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    beginning ??= delivering.then(() => {
      beginning = null;
      const items = waiting.splice(0, maxItems);
      for (const item of items) size -= sizeOf(item);
      delivering = deliver(items);
    });
    return beginning;
  };

  const isDue = (): boolean =>
    waiting.length >= (isBusy ? maxItems : readyItems) || (size >= maxSize && waiting.length > 0);

  return {
    push: async (items) => {
      for (const item of items) {
        waiting.push(item);
        size += sizeOf(item);
        while (isDue()) await handOn();
      }
      if (waiting.length > 0) timer ??= setTimeout(() => void handOn(), maxDelayMs);
    },
    flush: async () => {
      do {
        await handOn();
        await delivering;
      } while (waiting.length > 0);
    },
  };
}
