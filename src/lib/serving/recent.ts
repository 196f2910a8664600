/** What was asked for lately, by its key. What was not asked for the longest leaves first. */
export interface Recent<T> {
  get: (key: string) => T | undefined;
  set: (key: string, value: T) => void;
}

/**
 * Keeps values up to a size of all together. Their number alone would not bound the memory: one may be as long as a body.
 * A value that is larger than that is not kept.
 *
 * @param sizeOf the size of a value and its key, which is always the same
 */
export function recent<T>(limit: number, sizeOf: (key: string, value: T) => number): Recent<T> {
  const values = new Map<string, T>();
  let size = 0;
  return {
    get: (key) => {
      const value = values.get(key);
      if (value === undefined) return undefined;
      // The order of a map is that in which its keys were added.
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set: (key, value) => {
      const added = sizeOf(key, value);
      if (added > limit || values.has(key)) return;
      values.set(key, value);
      size += added;
      for (const [oldest, its] of values) {
        if (size <= limit) break;
        values.delete(oldest);
        size -= sizeOf(oldest, its);
      }
    },
  };
}
