import DataLoader from 'dataloader';
import type { FieldNode } from 'graphql';
import type { MovedPath } from '../domain/former-path.ts';
import type { Services } from '../domain/services.ts';
import type { Page, PageRequest, PageShape, Source } from '../store/pages.ts';

/** What resolvers are given: the services, and loaders that live as long as one request. */
export interface Context {
  services: Services;
  /** Reads a page of a parent's rows; pages of a source that are asked for in the same tick share one statement. */
  page: (source: Source, parentId: string | null, shape: PageShape) => Promise<Page>;
  /** Whether what lies below rows is read along with them. */
  lookAhead: boolean;
  /** The former paths that the request has used so far, each once. */
  movedPaths: Map<string, MovedPath>;
  /** What a field asks of a source: made once, since its arguments are the same for all parents. */
  shape: (field: readonly FieldNode[], source: Source, make: () => PageShape) => PageShape;
}

/** Notes that the request has used a former path, so that its answer says so. */
export function noteMoved({ movedPaths }: Context, moved: MovedPath): void {
  movedPaths.set(moved.from, moved);
}

/**
 * Makes the context of one request.
 *
 * @param lookAhead false to read level by level, so that what cannot be read is missing alone
 */
export function createContext(services: Services, lookAhead = true): Context {
  const loaders = new Map<Source, DataLoader<PageRequest, Page>>();
  const shapes = new WeakMap<readonly FieldNode[], Map<Source, PageShape>>();
  return {
    services,
    lookAhead,
    movedPaths: new Map(),
    page: (source, parentId, shape) => {
      let loader = loaders.get(source);
      if (!loader) {
        loader = new DataLoader((requests) => services.store.readPages(source, requests), { cache: false });
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
