import {
  changedTypes,
  kept,
  type Change,
  type ChangedType,
  type ChangeScope,
} from '../../store/changes/changes.ts';
import type { ChangeBatch } from '../../store/changes/feed.ts';
import { decodeSnapshot, encodeSnapshot } from '../../store/changes/snapshot.ts';
import type { ChangeKind, Store } from '../../store/index.ts';
import { followFeed } from '../follow.ts';
import { etagOf } from '../rules/etag.ts';

/** The most changes that come together, and that a client who was away can catch up with. */
export const maxChanges = 500;

/** How long changes are kept, how many at most, and of how many types of objects. */
export const keptChanges = {
  hours: kept.ms / 3_600_000,
  count: kept.changes,
  types: changedTypes.length,
} as const;

/** What has become of an object. */
export interface ObjectChange {
  kind: ChangeKind;
  type: ChangedType;
  objectId: string;
  etag: string | null;
}

/** What has changed. The same object for all who follow the same. */
export interface Changes {
  changes: readonly ObjectChange[];
  cursor: string;
  /** Whether changes are missing, so that the client must read again all that it shows. */
  isRefetchNeeded: boolean;
}

/** Why a client cannot go on after a cursor. */
export class BadChangeCursor extends Error {
  override name = 'BadChangeCursor';
}

/**
 * Yields at once what a client has missed since a cursor, and then what changes, several changes together when they
 * happen together or while the client reads. Does not end by itself.
 *
 * @param after null to begin now
 * @throws BadChangeCursor
 */
export async function followChanges(
  store: Store,
  scope: ChangeScope,
  after: string | null,
): Promise<AsyncGenerator<Changes>> {
  const since = after === null ? null : decodeSnapshot(after);
  if (after !== null && since === null) throw new BadChangeCursor();
  const pending: Changes[] = [];
  const take = (batch: ChangeBatch): boolean => {
    const news = newsOf(batch, scope);
    if (news === null) return false;
    pending.push(pending.length === 0 ? news : together(pending.pop() ?? news, news));
    return true;
  };
  return followFeed(store.feed, take, async function* (wait, from) {
    const missed = since && (await store.changes.since(since, maxChanges, scope, from));
    yield describe({ changes: [], isIncomplete: false, ...missed, snapshot: from });
    while (await wait()) yield* pending.splice(0);
  });
}

/** What batches say to those who follow a scope, by the scope. */
const told = new WeakMap<ChangeBatch, Map<string, Changes | null>>();

function newsOf(batch: ChangeBatch, scope: ChangeScope): Changes | null {
  const known = told.get(batch) ?? new Map<string, Changes | null>();
  told.set(batch, known);
  const { projectId, environmentId, jobId, types, isOfStatus } = scope;
  const key = JSON.stringify([projectId, environmentId, jobId, types, isOfStatus]);
  let news = known.get(key);
  if (news === undefined) {
    const changes = batch.changes.filter((change) => isWithin(change, scope));
    const described = describe({ ...batch, changes });
    news = described.changes.length > 0 || described.isRefetchNeeded ? described : null;
    known.set(key, news);
  }
  return news;
}

function isWithin(
  change: Change,
  { projectId, environmentId, jobId, types, isOfStatus }: ChangeScope,
): boolean {
  return (
    (projectId === undefined || change.projectId === projectId) &&
    (environmentId === undefined || change.environmentId === environmentId) &&
    (jobId === undefined || change.jobId === jobId) &&
    (types === undefined || types.includes(change.type)) &&
    (isOfStatus !== true || change.status !== null)
  );
}

function describe({ changes, snapshot, isIncomplete }: ChangeBatch): Changes {
  const described = changes.flatMap(({ kind, type, objectId, revision }) => {
    const etag = revision === null || kind === 'DELETED' ? null : etagOf(objectId, revision);
    return kind === null ? [] : [{ kind, type, objectId, etag }];
  });
  return bounded(described, encodeSnapshot(snapshot), isIncomplete);
}

function together(one: Changes, next: Changes): Changes {
  const changes = [...one.changes, ...next.changes];
  return bounded(changes, next.cursor, one.isRefetchNeeded || next.isRefetchNeeded);
}

/** One entry for each object, and none when they are too many. */
function bounded(changes: readonly ObjectChange[], cursor: string, isIncomplete: boolean): Changes {
  const objects = new Map<string, ObjectChange>();
  for (const change of changes) {
    const before = objects.get(change.objectId);
    // It comes after those that have changed before.
    objects.delete(change.objectId);
    const isNew = before?.kind === 'CREATED' && change.kind === 'UPDATED';
    objects.set(change.objectId, isNew ? { ...change, kind: 'CREATED' } : change);
  }
  const isRefetchNeeded = isIncomplete || objects.size > maxChanges;
  return { changes: isRefetchNeeded ? [] : [...objects.values()], cursor, isRefetchNeeded };
}
