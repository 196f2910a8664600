import type { Prisma, ProjectVariable } from '../generated/client.ts';
import { sql } from '../../lib/sql.ts';

/** Whose runs get a variable: all of a project, or those of one of its environments. */
export type VariableScope = Pick<ProjectVariable, 'projectId' | 'environmentId'>;

/** A variable to write. */
export type NewVariable = Pick<ProjectVariable, 'id' | 'name' | 'value' | 'locked'>;

/** The most variables that a run is given: those of its project and of its environment. */
const mostOfRun = 2000;

/** Statements on the variables of projects. */
export function projectVariableStatements(db: Prisma.TransactionClient) {
  return {
    /** The variables of one scope that have one of the names, or all of them. */
    in: ({ projectId, environmentId }: VariableScope, names: readonly string[]): Promise<ProjectVariable[]> =>
      db.projectVariable.findMany({ where: { projectId, environmentId, name: { in: [...names] } } }),

    count: ({ projectId, environmentId }: VariableScope): Promise<number> =>
      db.projectVariable.count({ where: { projectId, environmentId } }),

    /** Those that a run gets: first the ones of its project, then the ones of its environment. */
    ofRun: (projectId: string, environmentId: string | null): Promise<ProjectVariable[]> =>
      db.projectVariable.findMany({
        where: {
          projectId,
          OR: [{ environmentId: null }, ...(environmentId === null ? [] : [{ environmentId }])],
        },
        orderBy: [{ environmentId: { sort: 'asc', nulls: 'first' } }, { name: 'asc' }],
        take: mostOfRun,
      }),

    /** Writes variables, each new or with the id that it has. It counts as a change of the project. */
    set: async (
      { projectId, environmentId }: VariableScope,
      variables: readonly NewVariable[],
    ): Promise<void> => {
      await db.$executeRaw(
        sql`WITH changed AS (UPDATE "Project" SET revision = revision + 1 WHERE id = ${projectId}::uuid)
            INSERT INTO "ProjectVariable" (id, "projectId", "environmentId", name, value, locked)
            SELECT g.id, ${projectId}::uuid, ${environmentId}::uuid, g.name, g.value, g.locked
            FROM jsonb_to_recordset(${JSON.stringify(variables)}::jsonb) AS g (id uuid, name text, value text, locked text)
            ON CONFLICT (id) DO UPDATE SET value = excluded.value, locked = excluded.locked`,
      );
    },

    /** Removes variables. It counts as a change of the project. */
    remove: async (projectId: string, ids: readonly string[]): Promise<void> => {
      await db.$executeRaw(
        sql`WITH changed AS (UPDATE "Project" SET revision = revision + 1 WHERE id = ${projectId}::uuid)
            DELETE FROM "ProjectVariable" WHERE id = ANY (${[...ids]}::uuid[])`,
      );
    },
  };
}
