import { raw, sql, type Sql } from '../../lib/sql.ts';

/**
 * An SQL expression: a digest of all that the store knows about which streams an extractor has in an
 * environment, and which of them are selected. That is the extractor's row, the rows it inherits from, and
 * what the environment sets for each of them. Sensitive values, variables and `.env` are not stored, so they
 * are not part of it.
 *
 * @param plugin the extractor's id, as SQL
 * @param environment the environment's id, as SQL
 */
export function configDigest(plugin: string, environment: string): Sql {
  return sql`(
    WITH RECURSIVE chain AS (
      SELECT 1 AS depth, p.* FROM "Plugin" AS p WHERE p.id = ${raw(plugin)}
      UNION ALL
      -- The limit ends a circle of inheritance, which files may contain.
      SELECT depth + 1, parent.* FROM chain JOIN "Plugin" AS parent ON parent."projectId" = chain."projectId"
        AND parent.type = chain.type AND parent.name = chain."inheritFrom" AND parent."deletedAt" IS NULL
      WHERE depth < 10
    )
    SELECT encode(sha256(convert_to(string_agg(jsonb_build_array(
      chain.name, chain.variant, chain."pipUrl", chain.executable, chain.namespace, chain.capabilities,
      -- Without what the settings are in environments: of these the one in question comes below.
      (SELECT jsonb_agg(setting - 'environments' ORDER BY n)
        FROM jsonb_array_elements(chain.settings) WITH ORDINALITY AS s (setting, n)),
      chain.extras, e."pluginConfig" -> 'EXTRACTOR' -> chain.name
    )::text, ' ' ORDER BY depth), 'UTF8')), 'hex')
    FROM chain, "Environment" AS e WHERE e.id = ${raw(environment)}
  )`;
}
