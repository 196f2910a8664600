import type { Service, Store } from '../../store/index.ts';
import type { ChangeBatch } from '../../store/changes/feed.ts';
import { followFeed } from '../follow.ts';

/** That a service has changed. The same object for all who follow. */
export interface ServiceChange {
  objectId: string;
}

/** Yields at once, and again after each change, until the service is deleted. */
export async function followService(
  store: Store,
  { id, environmentId }: Pick<Service, 'id' | 'environmentId'>,
): Promise<AsyncGenerator<ServiceChange>> {
  let pending: ServiceChange | null = null;
  let isDeleted = false;
  let environment: string | null = environmentId;
  const take = ({ changes }: ChangeBatch): boolean => {
    for (const change of changes) {
      if (change.objectId === id) {
        pending = change;
        environment = change.environmentId;
        isDeleted = change.kind === 'DELETED';
        // In a deleted environment it counts as deleted.
      } else if (change.objectId === environment) isDeleted ||= change.kind === 'DELETED';
    }
    return isDeleted || pending !== null;
  };
  return followFeed(store.feed, take, async function* (wait) {
    yield { objectId: id };
    while ((await wait()) && !isDeleted) {
      const change = pending;
      pending = null;
      if (change) yield change;
    }
  });
}
