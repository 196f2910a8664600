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
    update: async (id: string, data: Prisma.EnvironmentUncheckedUpdateInput): Promise<void> => {
      await db.environment.update({ where: { id }, data });
    },
    /** All environments of projects, including deleted ones, for an import. */
    of: (...projectIds: string[]): Promise<Environment[]> =>
      db.environment.findMany({ where: { projectId: { in: projectIds } } }),
  };
}
