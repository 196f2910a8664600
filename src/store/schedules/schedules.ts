import type { Prisma, Schedule } from '../generated/client.ts';
import { present } from '../jobs/jobs.ts';

/** Statements on schedules. */
export function scheduleStatements(db: Prisma.TransactionClient) {
  return {
    byId: (id: string): Promise<Schedule | null> => db.schedule.findFirst({ where: { id, ...present } }),
    byName: (environmentId: string, name: string): Promise<Schedule | null> =>
      db.schedule.findFirst({ where: { environmentId, name, deletedAt: null } }),
    /** All schedules of projects, including deleted ones, for an import. */
    of: (...projectIds: string[]): Promise<Schedule[]> =>
      db.schedule.findMany({ where: { environment: { projectId: { in: projectIds } } } }),
    create: (data: Prisma.ScheduleUncheckedCreateInput): Promise<Schedule> => db.schedule.create({ data }),
    update: (id: string, data: Prisma.ScheduleUncheckedUpdateInput): Promise<Schedule> =>
      db.schedule.update({ where: { id }, data }),
    /** Moves the schedules of a job to the job's new environment. */
    moveWithJob: (jobId: string, environmentId: string): Promise<{ id: string; name: string }[]> =>
      db.schedule.updateManyAndReturn({
        where: { jobId, deletedAt: null },
        data: { environmentId },
        select: { id: true, name: true },
      }),
    /** Names of a job's schedules that another schedule of the environment already has. */
    namesTaken: async (jobId: string, environmentId: string): Promise<string[]> => {
      const own = await db.schedule.findMany({ where: { jobId, deletedAt: null }, select: { name: true } });
      const taken = await db.schedule.findMany({
        where: {
          environmentId,
          deletedAt: null,
          name: { in: own.map(({ name }) => name) },
          // A plain `NOT` would leave out schedules without a job.
          OR: [{ jobId: null }, { NOT: { jobId } }],
        },
        select: { name: true },
      });
      return taken.map(({ name }) => name);
    },
  };
}
