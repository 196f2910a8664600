import type { Prisma } from '../generated/client.ts';
import { join, sql, type Sql } from '../../lib/sql.ts';

/** Names a version of a state. */
export interface VersionKey {
  stateRowId: string;
  version: number;
}

/** The documents of a version, as JSON text. Null when the limit of characters was reached before. */
export interface VersionText extends VersionKey {
  completed: string | null;
  partial: string | null;
}

/** SQL: both documents of a row as one JSON text, each as it is stored. */
export const documentsSql = sql`concat('{"completed": ', completed, ', "partial": ', partial, '}')`;

/** The documents of a state, as JSON text. Null when the limit of characters was reached before. */
export interface StateTexts {
  environmentId: string;
  stateId: string;
  completed: string | null;
  partial: string | null;
}

/** Statements that read documents as text, so that JavaScript does not round numbers or write them anew. */
export function stateTextStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Reads versions, in the order of the keys. Versions that do not exist are left out.
     *
     * @param characters the limit for all documents together
     */
    ofVersions: (keys: readonly VersionKey[], characters: number): Promise<VersionText[]> =>
      db.$queryRaw<VersionText[]>(
        sql`SELECT "stateRowId", version,
              CASE WHEN upto <= ${characters} THEN completed::text END AS completed,
              CASE WHEN upto <= ${characters} THEN partial::text END AS partial
            FROM (
              SELECT v."stateRowId", v.version, v.completed, v.partial,
                sum(length(v.completed::text) + length(v.partial::text)) OVER (ORDER BY key.place) AS upto
              FROM unnest(${keys.map(({ stateRowId }) => stateRowId)}::text[]::uuid[], ${keys.map(({ version }) => version)}::int[])
                WITH ORDINALITY AS key (state, version, place)
              JOIN "StateVersion" AS v ON v."stateRowId" = key.state AND v.version = key.version
            ) AS read`,
      ),

    /**
     * Reads states of environments, sorted by state id.
     *
     * @param where conditions on the state, whose alias is `t`
     * @param limits states of each environment, and characters of all states together
     */
    matching: (
      environmentIds: readonly string[],
      where: readonly Sql[],
      limits: { states: number; characters: number },
    ): Promise<StateTexts[]> =>
      db.$queryRaw(
        sql`SELECT "environmentId", "stateId",
              CASE WHEN upto <= ${limits.characters} THEN completed::text END AS completed,
              CASE WHEN upto <= ${limits.characters} THEN partial::text END AS partial
            FROM (
              SELECT s.*, sum(length(s.completed::text) + length(s.partial::text)) OVER (ORDER BY e.place, s."stateId") AS upto
              FROM unnest(${[...environmentIds]}::text[]::uuid[]) WITH ORDINALITY AS e (id, place)
              CROSS JOIN LATERAL (
                SELECT t."environmentId", t."stateId", t.completed, t.partial FROM "State" AS t
                WHERE ${join([sql`t."environmentId" = e.id`, sql`t."deletedAt" IS NULL`, ...where], ' AND ')}
                ORDER BY t."stateId" LIMIT ${limits.states}::int
              ) AS s
            ) AS read ORDER BY "stateId"`,
      ),
  };
}
