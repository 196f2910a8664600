import { Refusal, type ResourceChange } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { PlacedRow } from '../store/placed-row.ts';
import type { Subject } from './subject.ts';

/** How many objects are listed beside the one that a mutation names, and up to how many are counted below it. */
export const changeLimits = { beside: 100, below: 1000 } as const;

/** What a mutation that moves something would change. */
export interface Changes {
  changes: ResourceChange[];
  /** How many objects get another path, and nothing else; counted up to `changeLimits.below`. */
  pathCount: number;
}

/** An object that a mutation is to move. */
export type MovedSubject = Subject & { table: PlacedRow['type'] };

/** Where something stands before a mutation. */
export interface Watched {
  subject: MovedSubject;
  rows: PlacedRow[];
}

/** Looks at what a mutation is about to move. Resolves to null when that cannot be found, which the mutation says. */
export async function watch(tx: Statements, find: () => Promise<MovedSubject>): Promise<Watched | null> {
  try {
    const subject = await find();
    return { subject, rows: await tx.placedRows(subject.table, subject.id, changeLimits.beside) };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** What has changed since, in the same transaction. */
export async function changesSince(tx: Statements, { subject, rows }: Watched): Promise<Changes> {
  const { table, id } = subject;
  const after = new Map(
    (await tx.placedRows(table, id, changeLimits.beside)).map((row) => [row.id, row] as const),
  );
  const changes = rows.flatMap((row) => {
    const now = after.get(row.id);
    return now && now.revision !== row.revision ? changesOf(row, now) : [];
  });
  const isMoved = changes.some((change) => change.id === id && change.field === 'path');
  return { changes, pathCount: isMoved ? await tx.countBelow(table, id, changeLimits.below) : 0 };
}

function changesOf(before: PlacedRow, after: PlacedRow): ResourceChange[] {
  const now = fieldsOf(after);
  return Object.entries(fieldsOf(before)).flatMap(([field, value]) => {
    const changed = now[field] ?? null;
    return value === changed
      ? []
      : [{ type: before.type, id: before.id, field, before: value, after: changed }];
  });
}

function fieldsOf({ type, names, target }: PlacedRow): Record<string, string | null> {
  if (type === 'Plugin') return { name: names.at(-1) ?? null };
  return {
    path: names.join('/'),
    [type === 'State' ? 'stateId' : 'name']: names.at(-1) ?? null,
    ...(names.length > 2 ? { environment: names.slice(0, 2).join('/') } : {}),
    ...target,
  };
}
