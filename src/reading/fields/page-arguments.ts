import { BadRequest } from './bad-request.ts';
import { decodeCursor } from './cursor.ts';
import type { PageShape } from '../pages.ts';
import { selects, type Selection } from '../selection.ts';
import type { Direction, OrderColumn } from '../sources.ts';

/** Rows of a page when the caller gives no number. */
export const defaultPageSize = 20;
/** The highest number of rows in a page. */
export const maxPageSize = 100;
/** The highest number of rows that are counted. `totalCount` is null when there are more. */
export const countLimit = 1000;

/** The arguments of every list. */
export interface ListArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  orderBy?: { field: string; direction: Direction } | null;
  showDeleted?: boolean | null;
  filter?: unknown;
}

type Bounds = Pick<PageShape, 'limit' | 'backward' | 'after' | 'before'>;
type Extent = Pick<PageShape, 'limit' | 'cursors' | 'peek' | 'probe' | 'countTo'>;

/** Checks the paging arguments and translates them. @throws BadRequest */
export function pageBounds(args: ListArguments, order: readonly OrderColumn[]): Bounds {
  const { first, last, after, before } = args;
  if (first != null && last != null) {
    throw new BadRequest('Give `first` or `last`, not both.', 'BAD_PAGE');
  }
  for (const [key, value] of Object.entries({ first, last })) {
    if (value != null && (value < 0 || value > maxPageSize)) {
      throw new BadRequest(`\`${key}\` must be between 0 and ${maxPageSize}, and is ${value}.`, 'BAD_PAGE');
    }
  }
  return {
    limit: first ?? last ?? defaultPageSize,
    backward: last != null,
    after: decodeCursor(after, order),
    before: decodeCursor(before, order),
  };
}

/** How much of a page is read. Rows, count and looks beyond the ends are read only when they are selected. */
export function pageExtent({ limit, backward }: Bounds, selection: Selection): Extent {
  const asks = (...path: string[]): boolean => selects(selection, path);
  return {
    limit: asks('nodes') || asks('edges') || asks('pageInfo') ? limit : null,
    cursors: asks('edges', 'cursor') || asks('pageInfo', 'startCursor') || asks('pageInfo', 'endCursor'),
    peek: asks('pageInfo', backward ? 'hasPreviousPage' : 'hasNextPage'),
    probe: asks('pageInfo', backward ? 'hasNextPage' : 'hasPreviousPage'),
    countTo: asks('totalCount') ? countLimit + 1 : null,
  };
}
