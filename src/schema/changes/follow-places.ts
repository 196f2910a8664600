import {
  BadChangeCursor,
  followChanges,
  keptChanges,
  maxChanges,
  type Changes,
} from '../../domain/changes/follow-changes.ts';
import { findEnvironment, findJob, findProject } from '../../domain/naming/references.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import type { ChangeScope } from '../../store/changes/changes.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { shown } from '../maxima/maxima.ts';

/** What the descriptions say of all subscriptions that go on after a cursor. */
export const texts = {
  goesOn:
    'The first event comes at once. With `after`, it has what has changed since. To miss nothing, subscribe first, and read what you show when the first event has come. After a lost connection, subscribe again and give the last `cursor` as `after`; the `EventSource` of a browser does so by itself. No change is missing then, and some may come again.',
  isRefetchNeeded: `Whether changes are missing, so that you must read again all that you show. It is true when \`after\` is older than ${keptChanges.hours} hours or than the last ${shown(keptChanges.count)} changes, and when more than ${maxChanges} objects have changed at once or while you were away. The events that follow are complete again.`,
  cursor: 'Opaque position in the changes, for `after`.',
  after: 'Start after this `cursor`. When absent or empty, with what happens from now on.',
} as const;

/** Ids or paths of the places in which changes are followed. */
interface Places {
  project?: string | null | undefined;
  environment?: string | null | undefined;
  job?: string | null | undefined;
}

const finders = {
  project: { find: findProject, id: 'projectId' },
  environment: { find: findEnvironment, id: 'environmentId' },
  job: { find: findJob, id: 'jobId' },
} as const;

/** Follows changes that lie in all places that are given, after the last event that the client has got. */
export async function followPlaces(
  { store, eventIds }: Context,
  places: Places,
  others: ChangeScope,
  after: string | null | undefined,
): Promise<AsyncGenerator<Changes>> {
  const scope = { ...others };
  for (const argument of ['project', 'environment', 'job'] as const) {
    const reference = places[argument];
    const { find, id } = finders[argument];
    if (reference != null) scope[id] = (await found<{ id: string }>(find(store, reference, [argument]))).id;
  }
  const cursor = eventIds.last ?? after ?? '';
  try {
    return await followChanges(store, scope, cursor === '' ? null : cursor);
  } catch (error) {
    if (!(error instanceof BadChangeCursor)) throw error;
    const message = `"${cursor}" is not a cursor of changes. Take the last \`cursor\` of the same subscription.`;
    throw new BadRequest(message, 'BAD_CURSOR');
  }
}
