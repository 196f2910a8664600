import type { Environment, Job, Prisma, Project } from '../generated/client.ts';
import { toWrite, type WithPolicy } from '../runs/retry-policy-column.ts';
import { newId } from '../../lib/uuid.ts';

/** A job with its environment and project. */
export type JobWithParents = Job & { environment: Environment & { project: Project } };

const withParents = { environment: { include: { project: true } } } as const;

// Objects in a deleted environment count as deleted.
export const present = { deletedAt: null, environment: { deletedAt: null } } as const;

/** Statements on jobs. */
export function jobStatements(db: Prisma.TransactionClient) {
  return {
    byId: (id: string): Promise<JobWithParents | null> =>
      db.job.findFirst({ where: { id, ...present }, include: withParents }),
    byName: (environmentId: string, name: string): Promise<JobWithParents | null> =>
      db.job.findFirst({ where: { environmentId, name, deletedAt: null }, include: withParents }),
    /** All jobs of projects, including deleted ones, for an import. */
    of: (...projectIds: string[]): Promise<Job[]> =>
      db.job.findMany({ where: { environment: { projectId: { in: projectIds } } } }),
    create: (data: WithPolicy<Prisma.JobUncheckedCreateInput>): Promise<Job> =>
      db.job.create({ data: { id: newId(), ...toWrite(data) } }),
    update: (id: string, data: WithPolicy<Prisma.JobUncheckedUpdateInput>): Promise<Job> =>
      db.job.update({ where: { id }, data: toWrite(data) }),
  };
}
