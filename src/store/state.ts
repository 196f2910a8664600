import type { Prisma, State, StateChange } from './generated/client.ts';
import { join, sql } from './sql.ts';
import { newId } from './uuid.ts';

/**
 * The two documents that Meltano keeps for a state id, as JSON text `{"completed": …, "partial": …}`.
 * Text, since JavaScript would round whole numbers above 2^53, which PostgreSQL's jsonb keeps.
 * Source of the shape: Meltano `core/state_store/base.py`.
 */
export interface StateText {
  stateId: string;
  text: string;
}

/** Who changes states, for their versions. */
export interface StateAuthor {
  change: StateChange;
  runId: string | null;
  /** The state ids that a run holds, of those that are changed nevertheless; none when absent. */
  forced?: readonly string[];
}

/** A state that nobody else can change until the transaction ends. */
export interface HeldState {
  id: string;
  environmentId: string;
  stateId: string;
  /** 0 when there was no state before; its documents are empty then. */
  version: number;
  /** Whether there was none, or it was cleared. */
  isCleared: boolean;
  /** The documents, as JSON text. */
  completed: string;
  partial: string;
}

/** The middle part of a conventional state id, `<extractor>-to-<loader>`. Source: Meltano `cli/state.py`. */
export function pairOf(stateId: string): string | null {
  return /^[^:]+:([^:]+-to-[^:]+)(?::.+)?$/.exec(stateId)?.[1] ?? null;
}

/** Statements on states and their versions. */
export function stateStatements(db: Prisma.TransactionClient) {
  return {
    /** A cleared state is found by its id too. */
    stateById: (id: string): Promise<State | null> =>
      db.state.findFirst({ where: { id, environment: { deleteTime: null } } }),
    stateByStateId: (environmentId: string, stateId: string): Promise<State | null> =>
      db.state.findUnique({ where: { environmentId_stateId: { environmentId, stateId }, deleteTime: null } }),

    /** The place of a state by its path, in one statement. */
    statePlaceAt: async (
      project: string,
      environment: string,
      stateId: string,
    ): Promise<{ projectId: string; environmentId: string; stateId: string } | null> => {
      const [place] = await db.$queryRaw<{ projectId: string; environmentId: string; stateId: string }[]>(
        sql`SELECT e."projectId", s."environmentId", s."stateId" FROM "State" AS s
              JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
            WHERE p.name = ${project} AND e.name = ${environment} AND s."stateId" = ${stateId}
              AND p."deleteTime" IS NULL AND e."deleteTime" IS NULL AND s."deleteTime" IS NULL`,
      );
      return place ?? null;
    },

    /** The states that a run may read: those ids, and those of the pairs whatever their suffix. At most 1,000. */
    statesToHydrate: (
      environmentId: string,
      stateIds: readonly string[],
      pairs: readonly string[],
    ): Promise<StateText[]> =>
      db.$queryRaw<StateText[]>(
        sql`SELECT "stateId", jsonb_build_object('completed', completed, 'partial', partial)::text AS text FROM "State"
            WHERE "environmentId" = ${environmentId}::uuid AND "deleteTime" IS NULL
              AND ("stateId" = ANY (${[...stateIds]}::text[]) OR pair = ANY (${[...pairs]}::text[])) LIMIT 1000`,
      ),

    /**
     * Whether a run that was lost had written these documents: they are neither what is stored nor what the run had
     * found. While it held the state id, only forced changes were made beside its own, so that the newest version
     * without force is what it knew.
     */
    differs: async (environmentId: string, { stateId, text }: StateText): Promise<boolean> => {
      const same = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "State" AS s, LATERAL (
              SELECT s.completed, s.partial
              UNION ALL (SELECT v.completed, v.partial FROM "StateVersion" AS v
                WHERE v."stateRowId" = s.id AND NOT v.forced ORDER BY v.version DESC LIMIT 1)
            ) AS known
            WHERE s."environmentId" = ${environmentId}::uuid AND s."stateId" = ${stateId}
              AND known.completed = (${text}::jsonb) -> 'completed' AND known.partial = (${text}::jsonb) -> 'partial'`,
      );
      return same.length === 0;
    },

    /** Those of the states that are there, and whether their documents are the same; those of cleared ones are not. */
    compareStates: (
      environmentId: string,
      states: readonly StateText[],
    ): Promise<{ stateId: string; isSame: boolean }[]> =>
      db.$queryRaw(
        sql`SELECT s."stateId", s."deleteTime" IS NULL AND s.completed = g.documents -> 'completed'
              AND s.partial = g.documents -> 'partial' AS "isSame"
            FROM (
              SELECT "stateId", text::jsonb AS documents FROM unnest(
                ${states.map(({ stateId }) => stateId)}::text[], ${states.map(({ text }) => text)}::text[]
              ) AS given ("stateId", text)
            ) AS g JOIN "State" AS s ON s."environmentId" = ${environmentId}::uuid AND s."stateId" = g."stateId"`,
      ),

    /**
     * Holds the states at some places until the transaction ends, and reads what they are then. Where there is none
     * one is made that counts as cleared and has no version yet, for `writeStates` to fill: nobody else can make it
     * meanwhile. A transaction that does not fill it must be rolled back.
     */
    holdStates: async (
      places: readonly { environmentId: string; stateId: string }[],
    ): Promise<HeldState[]> => {
      const now = new Date();
      const rows = places.map(
        ({ environmentId, stateId }) =>
          sql`(${newId()}::uuid, ${environmentId}::uuid, ${stateId}, ${pairOf(stateId)})`,
      );
      // In one order always, so that two transactions cannot wait for each other.
      return db.$queryRaw<HeldState[]>(
        sql`INSERT INTO "State" AS s (id, "environmentId", "stateId", pair, completed, partial, version, "updatedAt", "deleteTime")
            SELECT g.id, g.environment, g."stateId", g.pair, '{}', '{}', 0, ${now}::timestamptz, ${now}::timestamptz
            FROM (VALUES ${join(rows)}) AS g (id, environment, "stateId", pair) ORDER BY g.environment, g."stateId"
            ON CONFLICT ("environmentId", "stateId") DO UPDATE SET "stateId" = EXCLUDED."stateId"
            RETURNING id, "environmentId", "stateId", version, "deleteTime" IS NOT NULL AS "isCleared",
              completed::text AS completed, partial::text AS partial`,
      );
    },

    /** `writeStates` of one. @returns its id */
    async writeState(environmentId: string, state: StateText, author: StateAuthor): Promise<string> {
      const [id] = await this.writeStates(environmentId, [state], author);
      if (id === undefined) throw new Error(`The state ${state.stateId} was not written.`);
      return id;
    },

    /**
     * Writes the documents of state ids, each once among them, and the versions that record them, in one statement.
     * Within one run, later documents take the place of the earlier ones, so that a run leaves one version. A
     * cleared state is one again, unless clearing it is the change.
     *
     * @returns the ids of the states
     */
    writeStates: async (
      environmentId: string,
      states: readonly StateText[],
      { change, runId, forced = [] }: StateAuthor,
    ): Promise<string[]> => {
      const now = new Date();
      const cleared = change === 'CLEAR' ? now : null;
      const column = (of: (state: StateText) => string): string[] => states.map(of);
      // A statement sees the versions of its beginning, yet the row of the state as it is by now: a version that was
      // added in between is no version of this run's, and is not seen as one.
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`WITH given AS MATERIALIZED (
              SELECT g.id::uuid, g."versionId"::uuid, g."stateId", nullif(g.pair, '') AS pair, g.documents::jsonb
              FROM unnest(${column(newId)}::text[], ${column(newId)}::text[], ${column(({ stateId }) => stateId)}::text[],
                ${column(({ stateId }) => pairOf(stateId) ?? '')}::text[], ${column(({ text }) => text)}::text[]
              ) AS g (id, "versionId", "stateId", pair, documents)
            ), written AS (
              INSERT INTO "State" AS s (id, "environmentId", "stateId", pair, completed, partial, version, "updatedAt", "deleteTime")
              SELECT id, ${environmentId}::uuid, "stateId", pair, documents -> 'completed', documents -> 'partial', 1,
                ${now}::timestamptz, ${cleared}::timestamptz
              FROM given ORDER BY "stateId"
              ON CONFLICT ("environmentId", "stateId") DO UPDATE SET completed = EXCLUDED.completed,
                partial = EXCLUDED.partial, "updatedAt" = EXCLUDED."updatedAt", "deleteTime" = EXCLUDED."deleteTime",
                version = s.version + (NOT EXISTS (SELECT FROM "StateVersion" AS own
                  WHERE own."stateRowId" = s.id AND own.version = s.version AND own."runId" = ${runId}::uuid))::int
              RETURNING s.id, s."stateId", s.version, s.completed, s.partial
            ), recorded AS (
              INSERT INTO "StateVersion" AS v
                (id, "stateRowId", version, change, "runId", "stateId", completed, partial, forced, "changedAt")
              SELECT given."versionId", w.id, w.version, ${change}::"StateChange", ${runId}::uuid, w."stateId",
                w.completed, w.partial, w."stateId" = ANY (${[...forced]}::text[]), ${now}::timestamptz
              FROM written AS w JOIN given USING ("stateId")
              ON CONFLICT ("stateRowId", version) DO UPDATE SET completed = EXCLUDED.completed,
                partial = EXCLUDED.partial, "changedAt" = EXCLUDED."changedAt"
            )
            SELECT id FROM written`,
      );
      return rows.map(({ id }) => id);
    },

    /** The states of an environment whose ids begin with a text, cleared ones included. */
    statesBeginning: (environmentId: string, prefix: string): Promise<StateName[]> =>
      db.$queryRaw<StateName[]>(
        sql`SELECT id, "environmentId", "stateId", pair FROM "State"
            WHERE "environmentId" = ${environmentId}::uuid AND starts_with("stateId", ${prefix})`,
      ),
    /** The states of a project's environments with one of the pairs, cleared ones included. */
    statesWithPairs: (projectId: string, pairs: readonly string[]): Promise<StateName[]> =>
      db.$queryRaw<StateName[]>(
        sql`SELECT id, "environmentId", "stateId", pair FROM "State"
            WHERE "environmentId" IN (SELECT id FROM "Environment" WHERE "projectId" = ${projectId}::uuid)
              AND pair = ANY (${[...pairs]}::text[])`,
      ),

    /** Gives states other ids, in the same or other environments, and records that as versions, in one statement. */
    async rekeyStates(
      moves: readonly { id: string; environmentId: string; stateId: string }[],
    ): Promise<void> {
      const now = new Date();
      const column = (of: (move: (typeof moves)[number]) => string): string[] => moves.map(of);
      await db.$executeRaw(
        sql`WITH given AS (
              SELECT * FROM unnest(${column(({ id }) => id)}::uuid[], ${column(newId)}::uuid[],
                ${column(({ environmentId }) => environmentId)}::uuid[], ${column(({ stateId }) => stateId)}::text[],
                ${column(({ stateId }) => pairOf(stateId) ?? '')}::text[]
              ) AS g (id, "versionId", "environmentId", "stateId", pair)
            ), moved AS (
              UPDATE "State" AS s SET "environmentId" = g."environmentId", "stateId" = g."stateId",
                pair = nullif(g.pair, ''), version = s.version + 1, "updatedAt" = ${now}::timestamptz
              FROM given AS g WHERE s.id = g.id
              RETURNING g."versionId", s.id, s.version, s."stateId", s.completed, s.partial
            )
            INSERT INTO "StateVersion" (id, "stateRowId", version, change, "stateId", completed, partial, "changedAt")
            SELECT "versionId", id, version, 'MOVE', "stateId", completed, partial, ${now}::timestamptz FROM moved`,
      );
    },
  };
}

/** What a state is called. */
export interface StateName {
  id: string;
  environmentId: string;
  stateId: string;
  pair: string | null;
}
