/** Gathers items and hands them on a few at a time, in order. */
export interface Batcher<Item> {
  /** Takes items; resolves when there is room for more, which is what makes the reader wait. */
  push(items: readonly Item[]): Promise<void>;
  /** Hands on what is left and resolves when all of it was taken. */
  flush(): Promise<void>;
}

interface BatchOptions<Item> {
  /** Takes a batch; the next one waits for it. */
  deliver: (batch: Item[]) => void | Promise<void>;
  /** Told when `deliver` fails: its batch is lost, later ones still come. */
  onFault: (error: unknown) => void;
  /** A batch holds at most this many items. */
  maxItems: number;
  /** And waits at most this long for more. */
  maxDelayMs: number;
}

/** Makes a batcher: a batch goes out when it is full or old enough, one at a time. */
export function batch<Item>(options: BatchOptions<Item>): Batcher<Item> {
  const { maxItems, maxDelayMs, onFault } = options;
  const waiting: Item[] = [];
  let timer: NodeJS.Timeout | null = null;
  let delivering = Promise.resolve();
  // The delivery that has not begun yet: it will take whatever is waiting by then.
  let next: Promise<void> | null = null;

  const deliver = async (): Promise<void> => {
    next = null;
    const items = waiting.splice(0, maxItems);
    if (items.length === 0) return;
    try {
      await options.deliver(items);
    } catch (error) {
      onFault(error);
    }
  };
  const handOn = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    next ??= delivering = delivering.then(deliver);
    return next;
  };

  return {
    push: async (items) => {
      for (const item of items) {
        waiting.push(item);
        while (waiting.length >= maxItems) await handOn();
      }
      if (waiting.length > 0) timer ??= setTimeout(() => void handOn(), maxDelayMs);
    },
    flush: async () => {
      do await handOn();
      while (waiting.length > 0);
    },
  };
}
