import DataLoader from 'dataloader';
import type { Context } from './context.ts';

/**
 * Makes a loader for each request. Keys that are requested in the same tick are read together.
 *
 * @param load reads all keys and answers in their order; an `Error` in place of a value belongs to that key
 */
export function perRequest<Key, Value>(
  load: (context: Context, keys: readonly Key[]) => Promise<(Value | Error)[]>,
  cacheKey: (key: Key) => string,
): (context: Context, key: Key) => Promise<Value> {
  const loaders = new WeakMap<Context, DataLoader<Key, Value, string>>();
  return (context, key) => {
    const loader =
      loaders.get(context) ??
      new DataLoader<Key, Value, string>((keys) => load(context, keys), { cacheKeyFn: cacheKey });
    loaders.set(context, loader);
    return loader.load(key);
  };
}
