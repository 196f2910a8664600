import { raw, sql, type Sql } from './sql.ts';

/**
 * A digest, as an SQL expression, of all the store knows that decides which streams an extractor has in an
 * environment and which are selected: its own row and those that it inherits from, and what the environment sets
 * for each of them. Sensitive values, variables and `.env` are not known, and so not in it.
 *
 * @param plugin the extractor's id, as SQL
 * @param environment the environment's id, as SQL
 */
export function configDigest(plugin: string, environment: string): Sql {
  return sql`(
    WITH RECURSIVE chain AS (
      SELECT 1 AS depth, p.* FROM "Plugin" AS p WHERE p.id = ${raw(plugin)}
      UNION ALL
      -- Files may hold a circle.
      SELECT depth + 1, parent.* FROM chain JOIN "Plugin" AS parent ON parent."projectId" = chain."projectId"
        AND parent.type = chain.type AND parent.name = chain."inheritFrom" AND parent."deleteTime" IS NULL
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
