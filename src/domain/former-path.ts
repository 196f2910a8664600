import { isStorable } from '../runner/storable.ts';
import type { FormerPath, NamedTable, NameInPlace } from '../store/former-name.ts';
import type { Statements, Store } from '../store/index.ts';
import type { Services } from './services.ts';

/** How long a path that an object had leads to it, in milliseconds. */
export const formerPathMs = 30 * 24 * 3600 * 1000;

/** A path that was used although the object has another one by now. */
export interface MovedPath {
  /** The path as it was given. */
  from: string;
  /** The object's present path. */
  to: string;
  /** When `from` ends to lead there. */
  until: Date;
}

const since = (): Date => new Date(Date.now() - formerPathMs);

/** Reads what is at a path, or else what was there before it was renamed or moved. */
export async function readAt<T>(
  db: Statements,
  type: NamedTable,
  names: readonly string[],
  read: (names: readonly string[]) => Promise<T | null>,
): Promise<T | null> {
  const row = await read(names);
  const former = row === null ? await db.formerPath(type, names, since()) : null;
  return former ? read(former.names) : row;
}

/** What had a name that nothing has now; null where there is none. In the order of the names. */
export async function formerObjects(
  db: Statements,
  names: readonly NameInPlace[],
): Promise<({ id: string; moved: MovedPath } | null)[]> {
  const objects: ({ id: string; moved: MovedPath } | null)[] = names.map(() => null);
  const storable = names.flatMap((name, index) => (isStorable(name.name) ? [{ name, index }] : []));
  const found = await db.formerObjects(
    storable.map(({ name }) => name),
    since(),
  );
  for (const { index: i, parentNames, ...former } of found) {
    const { name, index } = storable[i] as (typeof storable)[number];
    objects[index] = { id: former.id, moved: movedPath([...parentNames, name.name], former) };
  }
  return objects;
}

function movedPath(from: readonly string[], { names, movedAt }: FormerPath): MovedPath {
  return {
    from: from.join('/'),
    to: names.join('/'),
    until: new Date(movedAt.getTime() + formerPathMs),
  };
}

/** The services for a mutation whose caller is to be told of the former paths that it uses. */
export function noting(services: Services, note: (moved: MovedPath) => void): Services {
  const over = ({ formerPath }: Statements): Pick<Statements, 'formerPath'> => ({
    formerPath: async (type, names, after) => {
      const former = await formerPath(type, names, after);
      if (former) note(movedPath(names, former));
      return former;
    },
  });
  const { store } = services;
  // Not a copy: that of so many statements takes 0.09 ms, which is much for a run that is asked for. The statements of
  // a transaction are made for it alone.
  const noted: Store = Object.assign(Object.create(store) as Store, over(store), {
    transaction: <T>(work: (tx: Statements) => Promise<T>) =>
      store.transaction((tx) => work(Object.assign(tx, over(tx)))),
  });
  return { ...services, store: noted };
}
