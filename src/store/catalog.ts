import type { Prisma } from './generated/client.ts';
import { configDigest } from './config-digest.ts';
import { sql } from './sql.ts';
import { newId } from './uuid.ts';

/** The extractor whose streams are discovered, as it is when that begins. */
export interface DiscoverySubject {
  pluginId: string;
  environmentId: string;
  configDigest: string;
}

/** What a discovery has found. */
export interface NewCatalog extends DiscoverySubject {
  runId: string;
  selectPatterns: readonly string[];
  /** Each name once. */
  streams: readonly { name: string; isSelected: boolean; properties: readonly object[] }[];
}

/** Statements on the streams of extractors. */
export function catalogStatements(db: Prisma.TransactionClient) {
  return {
    /** Null when the project has no such extractor. */
    discoverySubject: async (environmentId: string, extractor: string): Promise<DiscoverySubject | null> => {
      const [found] = await db.$queryRaw<DiscoverySubject[]>(
        sql`SELECT x.id AS "pluginId", env.id AS "environmentId", ${configDigest('x.id', 'env.id')} AS "configDigest"
            FROM "Environment" AS env JOIN "Plugin" AS x ON x."projectId" = env."projectId"
            WHERE env.id = ${environmentId}::uuid AND x.type = 'EXTRACTOR' AND x.name = ${extractor}
              AND x."deleteTime" IS NULL`,
      );
      return found ?? null;
    },

    /** Puts a catalog in the place of the one before it. Nothing is stored when the extractor is gone by now. */
    replaceCatalog: async ({ streams, selectPatterns, ...catalog }: NewCatalog): Promise<void> => {
      const { pluginId, environmentId, runId } = catalog;
      const [row] = await db.$queryRaw<{ id: string }[]>(
        sql`INSERT INTO "Catalog" (id, "pluginId", "environmentId", "runId", "configDigest", "selectPatterns", "discoveredAt")
            SELECT ${newId()}::uuid, p.id, ${environmentId}::uuid, ${runId}::uuid, ${catalog.configDigest},
              ${[...selectPatterns]}::text[], ${new Date()}::timestamptz
            FROM "Plugin" AS p WHERE p.id = ${pluginId}::uuid FOR KEY SHARE
            ON CONFLICT ("pluginId", "environmentId") DO UPDATE SET "runId" = EXCLUDED."runId",
              "configDigest" = EXCLUDED."configDigest", "selectPatterns" = EXCLUDED."selectPatterns",
              "discoveredAt" = EXCLUDED."discoveredAt"
            RETURNING id`,
      );
      if (!row) return;
      await db.stream.deleteMany({ where: { catalogId: row.id } });
      // As one parameter, whatever their number.
      await db.$executeRaw(
        sql`INSERT INTO "Stream" ("catalogId", name, "isSelected", properties)
            SELECT ${row.id}::uuid, s.name, s."isSelected", s.properties
            FROM jsonb_to_recordset(${JSON.stringify(streams)}::jsonb) AS s (name text, "isSelected" boolean, properties jsonb)`,
      );
    },
  };
}
