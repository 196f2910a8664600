/** Gathers items and hands them on a few at a time, in order. */
export interface Batcher<Item> {
  /** Takes items; resolves when there is room for more, which is what makes the reader wait. */
  push(items: readonly Item[]): Promise<void>;
  /** Hands on what is left and resolves when all of it was taken. */
  flush(): Promise<void>;
}

interface BatchOptions<Item> {
  /** Takes a batch; the next one waits for it, and is gathered meanwhile. */
  deliver: (batch: Item[]) => void | Promise<void>;
  /** Told when `deliver` fails: its batch is lost, later ones still come. */
  onFault: (error: unknown) => void;
  /** So many items make a batch that goes out at once, if none is being delivered. */
  readyItems: number;
  /** What waits meanwhile makes the next batch, of at most this many items. */
  maxItems: number;
  /** And takes no more when their sizes add up to this. */
  maxSize: number;
  sizeOf: (item: Item) => number;
  /** And a batch waits at most this long for more. */
  maxDelayMs: number;
}

/**
 * Makes a batcher: a batch goes out when it is ready or old enough, one at a time. So at most two are held, the
 * one that is being delivered and the one that is being gathered, and batches grow when deliveries are slow.
 */
export function batch<Item>(options: BatchOptions<Item>): Batcher<Item> {
  const { readyItems, maxItems, maxSize, sizeOf, maxDelayMs, onFault } = options;
  const waiting: Item[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | null = null;
  let delivering = Promise.resolve();
  let isBusy = false;
  // Resolves when the next delivery begins: it will take whatever is waiting by then.
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
