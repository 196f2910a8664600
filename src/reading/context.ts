import DataLoader from 'dataloader';
import type { FieldNode } from 'graphql';
import type { Page, PageRequest, PageShape } from './pages.ts';
import type { Source } from './sources.ts';

/** What the fields of this plugin need of the context: it lives as long as one request. */
export interface ReadingContext {
  /** Reads a page of a parent's rows; pages of a source that are asked for in the same tick share one statement. */
  page: (source: Source, parentId: string | null, shape: PageShape) => Promise<Page>;
  /** Whether what lies below rows is read along with them. */
  lookAhead: boolean;
  /** What a field asks of a source: made once, since its arguments are the same for all parents. */
  shape: (field: readonly FieldNode[], source: Source, make: () => PageShape) => PageShape;
}

/**
 * Makes the part of a context that reads.
 *
 * @param readPages sends the statement, see `readPages`
 * @param lookAhead false to read level by level, so that what cannot be read is missing alone
 */
export function createReadingContext(
  readPages: (source: Source, requests: readonly PageRequest[]) => Promise<Page[]>,
  lookAhead: boolean,
): ReadingContext {
  const loaders = new Map<Source, DataLoader<PageRequest, Page>>();
  const shapes = new Map<readonly FieldNode[], Map<Source, PageShape>>();
  return {
    lookAhead,
    page: (source, parentId, shape) => {
      let loader = loaders.get(source);
      if (!loader) {
        loader = new DataLoader((requests) => readPages(source, requests), { cache: false });
        loaders.set(source, loader);
      }
      return loader.load({ parentId, shape });
    },
    shape: (field, source, make) => {
      const known = shapes.get(field) ?? new Map<Source, PageShape>();
      shapes.set(field, known);
      const shape = known.get(source) ?? make();
      known.set(source, shape);
      return shape;
    },
  };
}
