import { sql } from '../../lib/sql.ts';
import type { Environment, Prisma, Project } from '../generated/client.ts';

/** An environment with its project. */
export type EnvironmentWithProject = Environment & { project: Project };

/** Statements on environments. */
export function environmentStatements(db: Prisma.TransactionClient) {
  return {
    byId: (id: string): Promise<EnvironmentWithProject | null> =>
      db.environment.findFirst({ where: { id, deletedAt: null }, include: { project: true } }),
    byPath: (project: string, name: string): Promise<EnvironmentWithProject | null> =>
      db.environment.findFirst({
        where: { name, deletedAt: null, project: { name: project, deletedAt: null } },
        include: { project: true },
      }),
    byName: (projectId: string, name: string): Promise<Environment | null> =>
      db.environment.findFirst({ where: { projectId, name, deletedAt: null } }),
    /** The environments with these names in the projects of these plugins. */
    beside: (
      pluginIds: readonly string[],
      names: readonly string[],
    ): Promise<{ pluginId: string; name: string }[]> =>
      db.$queryRaw(sql`
      SELECT plugin.id AS "pluginId", environment.name
      FROM "Plugin" AS plugin
      JOIN "Environment" AS environment
        ON environment."projectId" = plugin."projectId" AND environment."deletedAt" IS NULL
      WHERE plugin.id = ANY(${pluginIds}::uuid[]) AND environment.name = ANY(${names})`),
    update: async (id: string, data: Prisma.EnvironmentUncheckedUpdateInput): Promise<void> => {
      await db.environment.update({ where: { id }, data });
    },
    /** All environments of projects, including deleted ones, for an import. */
    of: (...projectIds: string[]): Promise<Environment[]> =>
      db.environment.findMany({ where: { projectId: { in: projectIds } } }),
  };
}
