import { Refusal, type ResourceChange } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { MovePreviewRow } from '../../store/moves/move-previews.ts';
import type { MutationTarget } from './mutation-target.ts';

/** Limits of a preview: related objects to list besides the moved one, and objects below it to count. */
export const changeLimits = { beside: 100, below: 1000 } as const;

/** What a move would change. */
export interface Changes {
  changes: ResourceChange[];
  /** How many objects only get another path; counted up to `changeLimits.below`. */
  pathCount: number;
}

/** An object that a mutation moves. */
export type MoveTarget = MutationTarget & { table: MovePreviewRow['type'] };

/** The rows that a move can change, before the move. */
export interface Snapshot {
  target: MoveTarget;
  rows: MovePreviewRow[];
}

/**
 * Reads the rows that a move can change. Null when the object is not found: the mutation itself then reports
 * it.
 */
export async function snapshot(tx: Statements, find: () => Promise<MoveTarget>): Promise<Snapshot | null> {
  try {
    const target = await find();
    return { target, rows: await tx.movePreviews.rows(target.table, target.id, changeLimits.beside) };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** What has changed since the snapshot. Call it in the same transaction. */
export async function changesSince(tx: Statements, { target, rows }: Snapshot): Promise<Changes> {
  const { table, id } = target;
  const after = new Map(
    (await tx.movePreviews.rows(table, id, changeLimits.beside)).map((row) => [row.id, row] as const),
  );
  const changes = rows.flatMap((row) => {
    const now = after.get(row.id);
    return now && now.revision !== row.revision ? changesOf(row, now) : [];
  });
  const isMoved = changes.some((change) => change.id === id && change.field === 'path');
  return {
    changes,
    pathCount: isMoved ? await tx.movePreviews.countBelow(table, id, changeLimits.below) : 0,
  };
}

function changesOf(before: MovePreviewRow, after: MovePreviewRow): ResourceChange[] {
  const now = fieldsOf(after);
  return Object.entries(fieldsOf(before)).flatMap(([field, value]) => {
    const changed = now[field] ?? null;
    return value === changed
      ? []
      : [{ type: before.type, id: before.id, field, before: value, after: changed }];
  });
}

function fieldsOf({ type, names, target }: MovePreviewRow): Record<string, string | null> {
  const last = names.at(-1) ?? '';
  return {
    path: names.join('/'),
    // The last part of a plugin's path also names its type.
    [type === 'State' ? 'stateId' : 'name']: type === 'Plugin' ? last.slice(last.indexOf('/') + 1) : last,
    ...(names.length > 2 ? { environment: names.slice(0, 2).join('/') } : {}),
    ...target,
  };
}
