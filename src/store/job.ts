import type { Environment, Job, Prisma, Project, Schedule } from './generated/client.ts';

/** A job with the environment and the project that it belongs to. */
export type JobInPlace = Job & { environment: Environment & { project: Project } };

const inPlace = { environment: { include: { project: true } } } as const;

// What is left in an environment that was deleted is gone with it.
const present = { deleteTime: null, environment: { deleteTime: null } } as const;

/** Statements on jobs and schedules. */
export function jobStatements(db: Prisma.TransactionClient) {
  return {
    jobById: (id: string): Promise<JobInPlace | null> =>
      db.job.findFirst({ where: { id, ...present }, include: inPlace }),
    jobByName: (environmentId: string, name: string): Promise<JobInPlace | null> =>
      db.job.findFirst({ where: { environmentId, name, deleteTime: null }, include: inPlace }),
    /** All jobs of a project, deleted ones included, for an import. */
    jobsOf: (...projectIds: string[]): Promise<Job[]> =>
      db.job.findMany({ where: { environment: { projectId: { in: projectIds } } } }),
    createJob: (data: Prisma.JobUncheckedCreateInput): Promise<Job> => db.job.create({ data }),
    updateJob: (id: string, data: Prisma.JobUncheckedUpdateInput): Promise<Job> =>
      db.job.update({ where: { id }, data }),

    scheduleById: (id: string): Promise<Schedule | null> =>
      db.schedule.findFirst({ where: { id, ...present } }),
    scheduleByName: (environmentId: string, name: string): Promise<Schedule | null> =>
      db.schedule.findFirst({ where: { environmentId, name, deleteTime: null } }),
    /** All schedules of a project, deleted ones included, for an import. */
    schedulesOf: (...projectIds: string[]): Promise<Schedule[]> =>
      db.schedule.findMany({ where: { environment: { projectId: { in: projectIds } } } }),
    createSchedule: (data: Prisma.ScheduleUncheckedCreateInput): Promise<Schedule> =>
      db.schedule.create({ data }),
    updateSchedule: (id: string, data: Prisma.ScheduleUncheckedUpdateInput): Promise<Schedule> =>
      db.schedule.update({ where: { id }, data }),
    /** Puts the schedules of a job into the job's new environment. */
    moveSchedulesOfJob: (jobId: string, environmentId: string): Promise<{ id: string; name: string }[]> =>
      db.schedule.updateManyAndReturn({
        where: { jobId, deleteTime: null },
        data: { environmentId },
        select: { id: true, name: true },
      }),
    /** Names, among those of a job's schedules, that the environment has already. */
    scheduleNamesTaken: async (jobId: string, environmentId: string): Promise<string[]> => {
      const own = await db.schedule.findMany({ where: { jobId, deleteTime: null }, select: { name: true } });
      const taken = await db.schedule.findMany({
        where: {
          environmentId,
          deleteTime: null,
          name: { in: own.map(({ name }) => name) },
          // A plain `NOT` would leave out those without a job.
          OR: [{ jobId: null }, { NOT: { jobId } }],
        },
        select: { name: true },
      });
      return taken.map(({ name }) => name);
    },
  };
}
