import type { Prisma, State, StateChange } from '../generated/client.ts';
import { join, now, sql, type Sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';
import { pairOf } from './state-id-parts.ts';
import { documentsSql } from './state-texts.ts';

/**
 * The two documents that Meltano keeps for a state id, as JSON text `{"completed": …, "partial": …}`. Writing one
 * without `completed` keeps that document. As text, because JavaScript would round integers above 2^53 and write numbers
 * anew. The database keeps the text of each document. Source of the form: Meltano `core/state_store/base.py`.
 */
export interface StateText {
  stateId: string;
  text: string;
}

const documents = { completed: true, partial: true } as const;

/** A state without its documents. */
export type StateHead = Omit<State, keyof typeof documents>;

/** Who changes states and why, for the versions. */
export interface StateAuthor {
  change: StateChange;
  runId: string | null;
  /** The state ids that are changed although a run has a lease on them; none when absent. */
  forced?: readonly string[];
}

/** A state whose row is locked until the transaction ends. */
export interface LockedState {
  id: string;
  environmentId: string;
  stateId: string;
  /** 0 when the state did not exist before; its documents are then empty. */
  version: number;
  /** Whether the state did not exist before, or was cleared. */
  isCleared: boolean;
  /** The documents, as JSON text. */
  completed: string;
  partial: string;
}

/**
 * SQL: the documents of states, each with its place. They are JSON, so they are one JSON text: drivers write an array
 * of texts element by element, and look at each character.
 */
function documentsOf(states: readonly StateText[]): Sql {
  return sql`json_array_elements(${`[${states.map(({ text }) => text).join()}]`}::json) WITH ORDINALITY`;
}

/** Statements on states and their versions. */
export function stateStatements(db: Prisma.TransactionClient) {
  return {
    /** Finds a cleared state too. */
    byId: (id: string): Promise<StateHead | null> =>
      db.state.findFirst({ where: { id, environment: { deletedAt: null } }, omit: documents }),
    byStateId: (environmentId: string, stateId: string): Promise<StateHead | null> =>
      db.state.findUnique({
        where: { environmentId_stateId: { environmentId, stateId }, deletedAt: null },
        omit: documents,
      }),

    /** Finds the address of a state by its path, in one statement. */
    addressAt: async (
      project: string,
      environment: string,
      stateId: string,
    ): Promise<{ projectId: string; environmentId: string; stateId: string } | null> => {
      const [address] = await db.$queryRaw<{ projectId: string; environmentId: string; stateId: string }[]>(
        sql`SELECT e."projectId", s."environmentId", s."stateId" FROM "State" AS s
              JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
            WHERE p.name = ${project} AND e.name = ${environment} AND s."stateId" = ${stateId}
              AND p."deletedAt" IS NULL AND e."deletedAt" IS NULL AND s."deletedAt" IS NULL`,
      );
      return address ?? null;
    },

    /**
     * The states that a run may read: those with the ids, and those of the pairs with any suffix. At most
     * 1,000.
     */
    toHydrate: (
      environmentId: string,
      stateIds: readonly string[],
      pairs: readonly string[],
    ): Promise<StateText[]> =>
      db.$queryRaw<StateText[]>(
        sql`SELECT "stateId", ${documentsSql} AS text FROM "State"
            WHERE "environmentId" = ${environmentId}::uuid AND "deletedAt" IS NULL
              AND ("stateId" = ANY (${[...stateIds]}::text[]) OR pair = ANY (${[...pairs]}::text[])) LIMIT 1000`,
      ),

    /**
     * Whether a lost run has written these documents. They are its own if they differ both from the stored
     * documents and from those that the run started with. While a run has the lease on a state id, only the
     * run itself and forced changes write the state, so the newest version that was not forced is what the
     * run has read or written last.
     */
    differs: async (environmentId: string, { stateId, text }: StateText): Promise<boolean> => {
      const same = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "State" AS s, LATERAL (
              SELECT s.completed, s.partial
              UNION ALL (SELECT v.completed, v.partial FROM "StateVersion" AS v
                WHERE v."stateRowId" = s.id AND NOT v."isForced" ORDER BY v.version DESC LIMIT 1)
            ) AS known, (SELECT ${text}::json AS documents) AS given
            WHERE s."environmentId" = ${environmentId}::uuid AND s."stateId" = ${stateId}
              AND "isSameJson"(known.completed, given.documents -> 'completed')
              AND "isSameJson"(known.partial, given.documents -> 'partial')`,
      );
      return same.length === 0;
    },

    /** Whether anybody but a run has written a state after a time. */
    isWrittenSince: async (
      environmentId: string,
      stateId: string,
      { runId, since }: { runId: string; since: Date },
    ): Promise<boolean> => {
      const others = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "State" AS s JOIN "StateVersion" AS v ON v."stateRowId" = s.id
            WHERE s."environmentId" = ${environmentId}::uuid AND s."stateId" = ${stateId}
              AND v."runId" IS DISTINCT FROM ${runId}::uuid AND v."changedAt" > ${since} LIMIT 1`,
      );
      return others.length > 0;
    },

    /**
     * Finds which of the states exist, and whether their documents are the same. A cleared state is never the
     * same.
     */
    compare: (
      environmentId: string,
      states: readonly StateText[],
    ): Promise<{ stateId: string; isSame: boolean }[]> =>
      db.$queryRaw(
        sql`SELECT s."stateId", s."deletedAt" IS NULL AND "isSameJson"(s.completed, g.documents -> 'completed')
              AND "isSameJson"(s.partial, g.documents -> 'partial') AS "isSame"
            FROM (
              SELECT given."stateId", text.documents FROM unnest(${states.map(({ stateId }) => stateId)}::text[])
                WITH ORDINALITY AS given ("stateId", place)
              JOIN ${documentsOf(states)} AS text (documents, place) USING (place)
            ) AS g JOIN "State" AS s ON s."environmentId" = ${environmentId}::uuid AND s."stateId" = g."stateId"`,
      ),

    /**
     * Locks the rows of states until the transaction ends, and reads them. A missing state gets a row that
     * counts as cleared and has no version yet, so that no other transaction can create it. The caller fills
     * such a row with `writeAll`, or rolls back.
     */
    lockRows: async (
      addresses: readonly { environmentId: string; stateId: string }[],
    ): Promise<LockedState[]> => {
      const rows = addresses.map(
        ({ environmentId, stateId }) =>
          sql`(${newId()}::uuid, ${environmentId}::uuid, ${stateId}, ${pairOf(stateId)})`,
      );
      // Always in the same order, so that two transactions cannot deadlock.
      return db.$queryRaw<LockedState[]>(
        sql`INSERT INTO "State" AS s (id, "environmentId", "stateId", pair, completed, partial, version, "updatedAt", "deletedAt")
            SELECT g.id, g.environment, g."stateId", g.pair, '{}', '{}', 0, ${now}, ${now}
            FROM (VALUES ${join(rows)}) AS g (id, environment, "stateId", pair) ORDER BY g.environment, g."stateId"
            ON CONFLICT ("environmentId", "stateId") DO UPDATE SET "stateId" = EXCLUDED."stateId"
            RETURNING id, "environmentId", "stateId", version, "deletedAt" IS NOT NULL AS "isCleared",
              completed::text AS completed, partial::text AS partial`,
      );
    },

    /** Writes one state, see `writeAll`. @returns its id */
    async write(environmentId: string, state: StateText, author: StateAuthor): Promise<string> {
      const [id] = await this.writeAll(environmentId, [state], author);
      if (id === undefined) throw new Error(`The state ${state.stateId} was not written.`);
      return id;
    },

    /**
     * Writes documents of states and records them as versions, in one statement. Each state id may come only
     * once. If the same run writes a state again, its version is replaced, so that a run leaves one version.
     * A write to a cleared state makes it exist again, except with the change CLEAR.
     *
     * @returns the ids of the states
     */
    writeAll: async (
      environmentId: string,
      states: readonly StateText[],
      { change, runId, forced = [] }: StateAuthor,
    ): Promise<string[]> => {
      const cleared = change === 'CLEAR' ? now : sql`NULL`;
      const column = (of: (state: StateText) => string): string[] => states.map(of);
      // A statement sees the versions that existed when it began, but the newest row of the state. So it does
      // not see a version that another transaction adds in between; that version is not this run's, so the
      // result is right.
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`WITH given AS MATERIALIZED (
              SELECT g.id::uuid, g."versionId"::uuid, g."stateId", nullif(g.pair, '') AS pair,
                coalesce(text.documents -> 'completed', kept.completed, '{}') AS completed,
                text.documents -> 'partial' AS partial
              FROM unnest(${column(newId)}::text[], ${column(newId)}::text[], ${column(({ stateId }) => stateId)}::text[],
                ${column(({ stateId }) => pairOf(stateId) ?? '')}::text[]
              ) WITH ORDINALITY AS g (id, "versionId", "stateId", pair, place)
              JOIN ${documentsOf(states)} AS text (documents, place) USING (place)
              LEFT JOIN "State" AS kept ON text.documents -> 'completed' IS NULL
                AND kept."environmentId" = ${environmentId}::uuid AND kept."stateId" = g."stateId"
            ), written AS (
              INSERT INTO "State" AS s (id, "environmentId", "stateId", pair, completed, partial, version, "updatedAt", "deletedAt")
              SELECT id, ${environmentId}::uuid, "stateId", pair, completed, partial, 1,
                ${now}, ${cleared}::timestamptz
              FROM given ORDER BY "stateId"
              ON CONFLICT ("environmentId", "stateId") DO UPDATE SET completed = EXCLUDED.completed,
                partial = EXCLUDED.partial, "updatedAt" = EXCLUDED."updatedAt", "deletedAt" = EXCLUDED."deletedAt",
                version = s.version + (NOT EXISTS (SELECT FROM "StateVersion" AS own
                  WHERE own."stateRowId" = s.id AND own.version = s.version AND own."runId" = ${runId}::uuid))::int
              RETURNING s.id, s."stateId", s.version, s.completed, s.partial
            ), recorded AS (
              INSERT INTO "StateVersion" AS v
                (id, "stateRowId", version, change, "runId", "stateId", completed, partial, "isForced", "changedAt")
              SELECT given."versionId", w.id, w.version, ${change}::"StateChange", ${runId}::uuid, w."stateId",
                w.completed, w.partial, w."stateId" = ANY (${[...forced]}::text[]), ${now}
              FROM written AS w JOIN given USING ("stateId")
              ON CONFLICT ("stateRowId", version) DO UPDATE SET completed = EXCLUDED.completed,
                partial = EXCLUDED.partial, "changedAt" = EXCLUDED."changedAt"
            )
            SELECT id FROM written`,
      );
      return rows.map(({ id }) => id);
    },

    /** The states of an environment whose ids begin with a text, including cleared ones. */
    beginning: (environmentId: string, prefix: string): Promise<StateName[]> =>
      db.$queryRaw<StateName[]>(
        sql`SELECT id, "environmentId", "stateId", pair FROM "State"
            WHERE "environmentId" = ${environmentId}::uuid AND starts_with("stateId", ${prefix})`,
      ),
    /** The states of a project that belong to one of the pairs, including cleared ones. */
    withPairs: (projectId: string, pairs: readonly string[]): Promise<StateName[]> =>
      db.$queryRaw<StateName[]>(
        sql`SELECT id, "environmentId", "stateId", pair FROM "State"
            WHERE "environmentId" IN (SELECT id FROM "Environment" WHERE "projectId" = ${projectId}::uuid)
              AND pair = ANY (${[...pairs]}::text[])`,
      ),

    /** Gives states other state ids or environments, and records this as versions, in one statement. */
    async rekey(moves: readonly { id: string; environmentId: string; stateId: string }[]): Promise<void> {
      const column = (of: (move: (typeof moves)[number]) => string): string[] => moves.map(of);
      await db.$executeRaw(
        sql`WITH given AS (
              SELECT * FROM unnest(${column(({ id }) => id)}::uuid[], ${column(newId)}::uuid[],
                ${column(({ environmentId }) => environmentId)}::uuid[], ${column(({ stateId }) => stateId)}::text[],
                ${column(({ stateId }) => pairOf(stateId) ?? '')}::text[]
              ) AS g (id, "versionId", "environmentId", "stateId", pair)
            ), moved AS (
              UPDATE "State" AS s SET "environmentId" = g."environmentId", "stateId" = g."stateId",
                pair = nullif(g.pair, ''), version = s.version + 1, "updatedAt" = ${now}
              FROM given AS g WHERE s.id = g.id
              RETURNING g."versionId", s.id, s.version, s."stateId", s.completed, s.partial
            )
            INSERT INTO "StateVersion" (id, "stateRowId", version, change, "stateId", completed, partial, "changedAt")
            SELECT "versionId", id, version, 'MOVE', "stateId", completed, partial, ${now} FROM moved`,
      );
    },
  };
}

/** A state's ids. */
export interface StateName {
  id: string;
  environmentId: string;
  stateId: string;
  pair: string | null;
}
