import { Prisma, type Environment, type Job, type Project } from '../generated/client.ts';
import { newId } from '../../lib/uuid.ts';

/** A job with its environment and project. */
export type JobWithParents = Job & { environment: Environment & { project: Project } };

const withParents = { environment: { include: { project: true } } } as const;

// Objects in a deleted environment count as deleted.
export const present = { deletedAt: null, environment: { deletedAt: null } } as const;

/** Columns to write. Prisma takes null of a JSON column for a JSON null. */
type Columns<Input> = Omit<Input, 'retryPolicy'> & { retryPolicy?: object | null };

function toWrite<Input>({ retryPolicy, ...columns }: Columns<Input>): Input {
  if (retryPolicy === undefined) return columns as Input;
  return { ...columns, retryPolicy: retryPolicy ?? Prisma.DbNull } as Input;
}

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
    create: (data: Columns<Prisma.JobUncheckedCreateInput>): Promise<Job> =>
      db.job.create({ data: { id: newId(), ...toWrite(data) } }),
    update: (id: string, data: Columns<Prisma.JobUncheckedUpdateInput>): Promise<Job> =>
      db.job.update({ where: { id }, data: toWrite(data) }),
  };
}
