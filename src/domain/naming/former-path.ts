import { isPostgresText } from '../../lib/postgres-text.ts';
import type { FormerPath, NamedTable, ScopedName, WantedPath } from '../../store/naming/former-names.ts';
import type { Statements } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';

/** How long a former path of an object is followed, in milliseconds. */
export const formerPathMs = 30 * 24 * 3600 * 1000;

/** A former path that a request has used, and the path to use instead. */
export interface MovedPath {
  /** The path in the request. */
  from: string;
  /** The object's current path. */
  to: string;
  /** When `from` stops working. */
  until: Date;
}

/**
 * Reads the object at a path. If there is none, reads the object that had this path before it was moved or
 * renamed.
 */
export async function readAt<T>(
  db: Statements,
  type: NamedTable,
  names: readonly string[],
  read: (names: readonly string[]) => Promise<T | null>,
): Promise<T | null> {
  const row = await read(names);
  const [former] = row === null ? await db.formerNames.pathsOf([{ type, names }], formerPathMs) : [];
  return former ? read(former.names) : row;
}

/** For each path that no object has now: the object that had it before. Null where there is none. */
export async function formerAt(
  db: Statements,
  paths: readonly WantedPath[],
): Promise<({ id: string; moved: MovedPath } | null)[]> {
  const found = await db.formerNames.pathsOf(paths, formerPathMs);
  const former = new Map(found.map((path) => [path.index, path]));
  return paths.map(({ names }, index) => {
    const path = former.get(index);
    return path ? { id: path.id, moved: movedPath(names, path) } : null;
  });
}

/** For each name that no object has now: the object that had it before. Null where there is none. */
export async function formerObjects(
  db: Statements,
  names: readonly ScopedName[],
): Promise<({ id: string; moved: MovedPath } | null)[]> {
  const objects: ({ id: string; moved: MovedPath } | null)[] = names.map(() => null);
  const readable = names.flatMap((name, index) => (isPostgresText(name.name) ? [{ name, index }] : []));
  const found = await db.formerNames.objectsOf(
    readable.map(({ name }) => name),
    formerPathMs,
  );
  for (const { index: i, parentNames, ...former } of found) {
    const { name, index } = readable[i] as (typeof readable)[number];
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

/** A gateway that calls `note` for each former path that a mutation uses. */
export function noting(gateway: Gateway, note: (moved: MovedPath) => void): Gateway {
  const onFormerPath = (names: readonly string[], found: FormerPath): void => note(movedPath(names, found));
  return {
    ...gateway,
    db: gateway.db.noting(onFormerPath),
    transaction: (work) => gateway.transaction((tx) => work(tx.noting(onFormerPath))),
  };
}
