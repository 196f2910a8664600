/** What was opened one on top of the other, and how each is closed. */
export interface Closers {
  push: (close: () => void | Promise<void>) => void;
  /** Closes all, the last one first. Once closed, nothing is left to close. */
  close: () => Promise<void>;
}

export function closers(): Closers {
  const open: (() => void | Promise<void>)[] = [];
  return {
    push: (close) => void open.push(close),
    close: async () => {
      for (const close of open.splice(0).reverse()) await close();
    },
  };
}
