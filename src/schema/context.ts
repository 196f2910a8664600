import DataLoader from 'dataloader';
import type { FieldNode } from 'graphql';
import type { Services } from '../domain/services.ts';
import type { Prisma } from '../store/index.ts';
import type { Page, PageRequest, Row, Source } from '../store/pages.ts';

/** What resolvers are given: the services, and loaders that live as long as one request. */
export interface Context {
  services: Services;
  /** Reads pages; requests made in the same tick share one statement. */
  page: (source: Source, request: PageRequest) => Promise<Page>;
  /** Reads a row by id; requests made in the same tick share one statement for each table. */
  row: (table: Prisma.ModelName, id: string, columns: readonly string[]) => Promise<Row | null>;
  /** Columns by selection and type, see `selectedColumns`. */
  selections: WeakMap<readonly FieldNode[], Map<string, readonly string[]>>;
}

/** Makes the context of one request. */
export function createContext(services: Services): Context {
  const { store } = services;
  const pages = new Map<Source, DataLoader<PageRequest, Page>>();
  const rows = new Map<
    Prisma.ModelName,
    DataLoader<{ id: string; columns: readonly string[] }, Row | null>
  >();
  return {
    services,
    page: (source, request) => {
      const loader =
        pages.get(source) ??
        new DataLoader((requests: readonly PageRequest[]) => store.readPages(source, requests), {
          cache: false,
        });
      pages.set(source, loader);
      return loader.load(request);
    },
    row: (table, id, columns) => {
      const loader =
        rows.get(table) ??
        new DataLoader(
          (keys: readonly { id: string; columns: readonly string[] }[]) =>
            store.readRows(
              table,
              keys.map((key) => key.id),
              keys.flatMap((key) => [...key.columns]),
            ),
          { cache: false },
        );
      rows.set(table, loader);
      return loader.load({ id, columns });
    },
    selections: new WeakMap(),
  };
}
