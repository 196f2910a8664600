import type { Prisma } from '../generated/client.ts';
import { configDigest } from './config-digest.ts';
import { now, sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';

/** An extractor, and its configuration at the start of a discovery. */
export interface ExtractorToDiscover {
  pluginId: string;
  environmentId: string;
  configDigest: string;
}

/** The result of a discovery. */
export interface NewCatalog extends ExtractorToDiscover {
  runId: string;
  selectPatterns: readonly string[];
  /** Each name only once. */
  streams: readonly { name: string; isSelected: boolean; properties: readonly object[] }[];
}

/** Statements on the streams of extractors. */
export function catalogStatements(db: Prisma.TransactionClient) {
  return {
    /** Null when the project has no such extractor. */
    discoveredPlugin: async (
      environmentId: string,
      extractor: string,
    ): Promise<ExtractorToDiscover | null> => {
      const [found] = await db.$queryRaw<ExtractorToDiscover[]>(
        sql`SELECT x.id AS "pluginId", env.id AS "environmentId", ${configDigest('x.id', 'env.id')} AS "configDigest"
            FROM "Environment" AS env JOIN "Plugin" AS x ON x."projectId" = env."projectId"
            WHERE env.id = ${environmentId}::uuid AND x.type = 'EXTRACTOR' AND x.name = ${extractor}
              AND x."deletedAt" IS NULL`,
      );
      return found ?? null;
    },

    /** The ids of the catalogs of extractors in environments. */
    idsOf: (
      wanted: readonly { pluginId: string; environmentId: string }[],
    ): Promise<{ id: string; pluginId: string; environmentId: string }[]> =>
      db.$queryRaw(
        sql`SELECT c.id, c."pluginId", c."environmentId" FROM "Catalog" AS c
            JOIN jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w ("pluginId" uuid, "environmentId" uuid)
              ON w."pluginId" = c."pluginId" AND w."environmentId" = c."environmentId"`,
      ),

    /**
     * Stores a catalog, and removes the former one. Stores nothing when the extractor was deleted in the
     * meantime.
     */
    replace: async ({ streams, selectPatterns, ...catalog }: NewCatalog): Promise<void> => {
      const { pluginId, environmentId, runId } = catalog;
      const [row] = await db.$queryRaw<{ id: string }[]>(
        sql`INSERT INTO "Catalog" (id, "pluginId", "environmentId", "runId", "configDigest", "selectPatterns", "discoveredAt")
            SELECT ${newId()}::uuid, p.id, ${environmentId}::uuid, ${runId}::uuid, ${catalog.configDigest},
              ${[...selectPatterns]}::text[], ${now}
            FROM "Plugin" AS p WHERE p.id = ${pluginId}::uuid FOR KEY SHARE
            ON CONFLICT ("pluginId", "environmentId") DO UPDATE SET "runId" = EXCLUDED."runId",
              "configDigest" = EXCLUDED."configDigest", "selectPatterns" = EXCLUDED."selectPatterns",
              "discoveredAt" = EXCLUDED."discoveredAt"
            RETURNING id`,
      );
      if (!row) return;
      await db.stream.deleteMany({ where: { catalogId: row.id } });
      // One parameter for all rows: PostgreSQL takes at most 65,535 parameters.
      await db.$executeRaw(
        sql`INSERT INTO "Stream" ("catalogId", name, "isSelected", properties)
            SELECT ${row.id}::uuid, s.name, s."isSelected", s.properties
            FROM jsonb_to_recordset(${JSON.stringify(streams)}::jsonb) AS s (name text, "isSelected" boolean, properties jsonb)`,
      );
    },
  };
}
