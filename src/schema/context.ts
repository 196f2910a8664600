import type { MovedPath } from '../domain/naming/former-path.ts';
import type { Gateway } from '../domain/gateway.ts';
import { createReadingContext, type ReadingContext } from '../reading/context.ts';
import type { Store } from '../store/index.ts';

/** What a stream of events and its client tell each other, so that it can go on after its connection was lost. */
export interface EventIds {
  /** The id of the last event that the client has got; null when it begins. */
  readonly last: string | null;
  /** The id of the event that is being made; null when there is none that says where it is in the stream. */
  next: string | null;
}

/** What resolvers receive: the gateway and what has been read. It lives as long as one request. */
export interface Context extends ReadingContext {
  /** For reading. Changes go through the gateway. */
  store: Store;
  gateway: Gateway;
  /** The former paths that the request has used so far, without duplicates. */
  movedPaths: Map<string, MovedPath>;
  /** Whether a mutation of the request was refused because the gateway cannot do it now. */
  isUnavailable: boolean;
  /** Whether a mutation of the request was refused, for whatever reason. */
  isRefused: boolean;
  eventIds: EventIds;
  /**
   * Whether the event that is being made is not to be sent: what it shows has changed again meanwhile, or is gone, and
   * another event says so.
   */
  isOvertaken: boolean;
}

/** Records that the request has used a former path, so that the answer can list it. */
export function noteMoved({ movedPaths }: Context, moved: MovedPath): void {
  movedPaths.set(moved.from, moved);
}

/**
 * Makes the context of one request.
 *
 * @param lookAhead false to read level by level; then a part that cannot be read does not take others with it
 */
export function createContext(
  store: Store,
  gateway: Gateway,
  lookAhead = true,
  eventIds: EventIds = { last: null, next: null },
): Context {
  const { page, shape } = createReadingContext(
    (source, requests) => store.readPages(source, requests),
    lookAhead,
  );
  return {
    page,
    shape,
    lookAhead,
    store,
    gateway,
    movedPaths: new Map(),
    isUnavailable: false,
    isRefused: false,
    eventIds,
    isOvertaken: false,
  };
}
