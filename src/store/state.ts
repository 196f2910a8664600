import type { Prisma, State, StateChange } from './generated/client.ts';
import { sql } from './sql.ts';

/**
 * The two documents that Meltano keeps for a state id, as JSON text `{"completed": …, "partial": …}`.
 * Text, since JavaScript would round whole numbers above 2^53, which PostgreSQL's jsonb keeps.
 * Source of the shape: Meltano `core/state_store/base.py`.
 */
export interface StateText {
  stateId: string;
  text: string;
}

/** Who changes a state, for its version. */
export interface StateAuthor {
  change: StateChange;
  runId: string | null;
}

/** The middle part of a conventional state id, `<extractor>-to-<loader>`. Source: Meltano `cli/state.py`. */
export function pairOf(stateId: string): string | null {
  return /^[^:]+:([^:]+-to-[^:]+)(?::.+)?$/.exec(stateId)?.[1] ?? null;
}

/** Statements on states and their versions. */
export function stateStatements(db: Prisma.TransactionClient) {
  return {
    stateById: (id: string): Promise<State | null> =>
      db.state.findFirst({ where: { id, environment: { deleteTime: null } } }),
    stateByStateId: (environmentId: string, stateId: string): Promise<State | null> =>
      db.state.findUnique({ where: { environmentId_stateId: { environmentId, stateId } } }),
    /** The documents as PostgreSQL keeps them, numbers unrounded. */
    stateTexts: async (id: string): Promise<{ completed: string; partial: string }> => {
      const rows = await db.$queryRaw<{ completed: string; partial: string }[]>(
        sql`SELECT completed::text AS completed, partial::text AS partial FROM "State" WHERE id = ${id}::uuid`,
      );
      return rows[0] ?? { completed: '{}', partial: '{}' };
    },

    /** The states that a run may read: those ids, and those of the pairs whatever their suffix. At most 1,000. */
    statesToHydrate: (
      environmentId: string,
      stateIds: readonly string[],
      pairs: readonly string[],
    ): Promise<StateText[]> =>
      db.$queryRaw<StateText[]>(
        sql`SELECT "stateId", jsonb_build_object('completed', completed, 'partial', partial)::text AS text FROM "State"
            WHERE "environmentId" = ${environmentId}::uuid
              AND ("stateId" = ANY (${[...stateIds]}::text[]) OR pair = ANY (${[...pairs]}::text[])) LIMIT 1000`,
      ),

    /** Whether the documents are other than those that are stored. */
    differs: async (environmentId: string, { stateId, text }: StateText): Promise<boolean> => {
      const same = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "State" WHERE "environmentId" = ${environmentId}::uuid AND "stateId" = ${stateId}
            AND completed = (${text}::jsonb) -> 'completed' AND partial = (${text}::jsonb) -> 'partial'`,
      );
      return same.length === 0;
    },

    /**
     * Writes the documents of a state id and the version that records them. Within one run, later
     * documents take the place of the earlier ones, so that a run leaves one version.
     */
    async writeState(
      environmentId: string,
      { stateId, text }: StateText,
      { change, runId }: StateAuthor,
    ): Promise<string> {
      const now = new Date();
      const documents = sql`completed = (${text}::jsonb) -> 'completed', partial = (${text}::jsonb) -> 'partial'`;
      const present = await this.stateByStateId(environmentId, stateId);
      const newest =
        present &&
        (await db.stateVersion.findUnique({
          where: { stateRowId_version: { stateRowId: present.id, version: present.version } },
          select: { id: true, runId: true, version: true },
        }));
      const own = newest && runId !== null && newest.runId === runId ? newest : null;
      const version = own?.version ?? (present?.version ?? 0) + 1;
      const empty = { completed: {}, partial: {} };
      const { id } =
        present ??
        (await db.state.create({
          data: { ...empty, environmentId, stateId, pair: pairOf(stateId), version, updatedAt: now },
        }));
      const { id: versionId } =
        own ??
        (await db.stateVersion.create({
          data: { ...empty, change, runId, stateRowId: id, stateId, version, changedAt: now },
        }));
      await db.$executeRaw(
        sql`UPDATE "State" SET ${documents}, version = ${version}, "updatedAt" = ${now} WHERE id = ${id}::uuid`,
      );
      await db.$executeRaw(
        sql`UPDATE "StateVersion" SET ${documents}, "changedAt" = ${now} WHERE id = ${versionId}::uuid`,
      );
      return id;
    },

    /** Gives a state another id, in the same or another environment, and records it as a version. */
    async rekeyState(state: State, environmentId: string, stateId: string): Promise<State> {
      const now = new Date();
      const version = state.version + 1;
      const empty = { completed: {}, partial: {} };
      const { id: versionId } = await db.stateVersion.create({
        data: { ...empty, stateRowId: state.id, stateId, version, change: 'MOVE', changedAt: now },
      });
      // Within the database, since JavaScript would round large numbers.
      await db.$executeRaw(
        sql`UPDATE "StateVersion" AS v SET completed = s.completed, partial = s.partial
            FROM "State" AS s WHERE s.id = ${state.id}::uuid AND v.id = ${versionId}::uuid`,
      );
      return db.state.update({
        where: { id: state.id },
        data: { environmentId, stateId, pair: pairOf(stateId), version, updatedAt: now },
      });
    },
  };
}
