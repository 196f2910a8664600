import DataLoader from 'dataloader';
import type { Context } from './context.ts';

/**
 * Makes loaders that live as long as one request: what is asked for in the same tick is read together.
 *
 * @param load reads for all keys, in their order; an error in the place of a value is that key's own
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
