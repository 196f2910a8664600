import type { Environment, Job, Plugin, Prisma, Project, Schedule, Service } from '../generated/client.ts';
import { sql } from '../../lib/sql.ts';
import { notify } from '../database/notify.ts';
import { notifyServicesIn } from '../services/notify-services.ts';
import { notDropped } from './row-origin.ts';

/** The tables whose rows are marked as deleted before they are removed. */
export type Deletable = 'Project' | 'Environment' | 'Plugin' | 'Job' | 'Schedule' | 'Service';

/** The types of objects that can be in another object, or refer to it. */
export type ChildKind = 'environment' | 'plugin' | 'job' | 'schedule' | 'service' | 'state';

/** The number of objects of each type. */
export type Children = Partial<Record<ChildKind, number>>;

/** A row, deleted or not, with its parents. */
export type DeletedRow =
  | { type: 'Project'; row: Project; project: Project }
  | { type: 'Environment'; row: Environment; project: Project }
  | { type: 'Plugin'; row: Plugin; project: Project }
  | { type: 'Job'; row: Job; project: Project; environment: Environment }
  | { type: 'Schedule'; row: Schedule; project: Project; environment: Environment; job: Job | null }
  | { type: 'Service'; row: Service; project: Project; environment: Environment };

/** Statements that mark rows as deleted, and bring them back. */
export function lifecycleStatements(db: Prisma.TransactionClient) {
  return {
    /** Counts what exists in a project. */
    childrenOfProject: async (id: string): Promise<Children> => {
      const [children = {}] = await db.$queryRaw<Children[]>(
        sql`WITH e AS MATERIALIZED (
              SELECT id FROM "Environment" WHERE "projectId" = ${id}::uuid AND "deletedAt" IS NULL
            )
            SELECT (SELECT count(*)::int FROM e) AS environment,
              (SELECT count(*)::int FROM "Plugin" WHERE "projectId" = ${id}::uuid AND "deletedAt" IS NULL) AS plugin,
              (SELECT count(*)::int FROM "Job" AS t JOIN e ON e.id = t."environmentId" WHERE t."deletedAt" IS NULL) AS job,
              (SELECT count(*)::int FROM "Schedule" AS t JOIN e ON e.id = t."environmentId" WHERE t."deletedAt" IS NULL) AS schedule,
              (SELECT count(*)::int FROM "Service" AS t JOIN e ON e.id = t."environmentId" WHERE t."deletedAt" IS NULL) AS service,
              (SELECT count(*)::int FROM "State" AS t JOIN e ON e.id = t."environmentId" WHERE t."deletedAt" IS NULL) AS state`,
      );
      return children;
    },
    /** Counts what exists in an environment. */
    childrenOfEnvironment: async (id: string): Promise<Children> => {
      const where = { environmentId: id, deletedAt: null };
      return {
        job: await db.job.count({ where }),
        schedule: await db.schedule.count({ where }),
        service: await db.service.count({ where }),
        state: await db.state.count({ where }),
      };
    },
    childrenOfJob: async (id: string): Promise<Children> => ({
      schedule: await db.schedule.count({ where: { jobId: id, deletedAt: null } }),
    }),
    /** Counts what exists in a plugin's project and names the plugin. */
    namingPlugin: async (
      { id, projectId, type, name }: Pick<Plugin, 'id' | 'projectId' | 'type' | 'name'>,
      names: readonly string[],
    ): Promise<Children> => {
      const [counts = {}] = await db.$queryRaw<Children[]>(
        sql`WITH e AS MATERIALIZED (
              SELECT id FROM "Environment" WHERE "projectId" = ${projectId}::uuid AND "deletedAt" IS NULL
            )
            SELECT (SELECT count(*)::int FROM "Plugin" WHERE "projectId" = ${projectId}::uuid AND "deletedAt" IS NULL
                      AND id <> ${id}::uuid AND type = ${type}::"PluginType" AND "inheritFrom" = ${name}) AS plugin,
              (SELECT count(*)::int FROM "Job" AS j JOIN e ON e.id = j."environmentId" WHERE j."deletedAt" IS NULL
                 AND EXISTS (SELECT FROM jsonb_array_elements(j.tasks) AS task, jsonb_array_elements_text(task) AS block
                             WHERE split_part(block, ':', 1) = ANY (${[...names]}::text[]))) AS job,
              (SELECT count(*)::int FROM "Schedule" AS s JOIN e ON e.id = s."environmentId" WHERE s."deletedAt" IS NULL
                 AND s."jobId" IS NULL AND ${name} IN (s.extractor, s.loader)) AS schedule,
              (SELECT count(*)::int FROM "Service" AS s JOIN e ON e.id = s."environmentId" WHERE s."deletedAt" IS NULL
                 AND split_part(s.command, ':', 1) = ANY (${[...names]}::text[])) AS service`,
      );
      return counts;
    },

    /** Marks a row as deleted at a time; null marks it as existing. */
    markDeleted: async (table: Deletable, id: string, deletedAt: Date | null): Promise<void> => {
      const change = { where: { id }, data: { deletedAt } };
      if (table === 'Project') await db.project.update(change);
      else if (table === 'Environment') await db.environment.update(change);
      else if (table === 'Plugin') await db.plugin.update(change);
      else if (table === 'Job') await db.job.update(change);
      else if (table === 'Schedule') await db.schedule.update(change);
      else {
        await db.service.update(change);
        await notify(db, { topic: 'SERVICE', serviceId: id });
      }
    },
    /** Marks everything that exists in an object as deleted at a time. */
    markDeletedWithin: async (table: Deletable, id: string, deletedAt: Date): Promise<void> => {
      const existing = { where: { deletedAt: null }, data: { deletedAt } };
      await changeWithin(db, table, id, existing, existing);
    },
    /**
     * Brings back everything in an object that was deleted together with it; for a purged object, everything
     * that was purged. Rows that the project's files do not have any more stay deleted.
     */
    restoreWithin: async (
      table: Deletable,
      id: string,
      { deletedAt, purgedAt = null }: { deletedAt: Date; purgedAt?: Date | null },
    ): Promise<void> => {
      const together = purgedAt === null ? { deletedAt, purgedAt } : { purgedAt: { not: null } };
      await changeWithin(
        db,
        table,
        id,
        { where: { ...together, ...notDropped }, data: { deletedAt: null, purgedAt: null } },
        { where: { deletedAt }, data: { deletedAt: null } },
      );
    },

    /** A row, deleted or not; null when there is none. */
    rowToRestore: async (type: Deletable, id: string): Promise<DeletedRow | null> => {
      const where = { id };
      if (type === 'Project') {
        const row = await db.project.findUnique({ where });
        return row && { type, row, project: row };
      }
      if (type === 'Environment') {
        const row = await db.environment.findUnique({ where, include: { project: true } });
        return row && { type, row, project: row.project };
      }
      if (type === 'Plugin') {
        const row = await db.plugin.findUnique({ where, include: { project: true } });
        return row && { type, row, project: row.project };
      }
      const environment = { include: { project: true } };
      if (type === 'Job') {
        const row = await db.job.findUnique({ where, include: { environment } });
        return row && { type, row, environment: row.environment, project: row.environment.project };
      }
      if (type === 'Service') {
        const row = await db.service.findUnique({ where, include: { environment } });
        return row && { type, row, environment: row.environment, project: row.environment.project };
      }
      const row = await db.schedule.findUnique({
        where,
        include: { environment, job: { include: { environment } } },
      });
      // When a job was moved, its deleted schedules stayed in the former environment.
      const home = row?.job?.environment ?? row?.environment;
      return row && home ? { type, row, environment: home, job: row.job, project: home.project } : null;
    },
  };
}

/** Which rows to change, and how. */
interface Marking<Times> {
  where: object;
  data: Times;
}

async function changeWithin(
  db: Prisma.TransactionClient,
  table: Deletable,
  id: string,
  rows: Marking<{ deletedAt: Date | null; purgedAt?: null }>,
  // Services come from no file.
  services: Marking<{ deletedAt: Date | null }>,
): Promise<void> {
  const within = <Times>({ where, data }: Marking<Times>, place: object) => ({
    where: { ...place, ...where },
    data,
  });
  const environment = { projectId: id };
  if (table === 'Project') {
    await db.environment.updateMany(within(rows, { projectId: id }));
    await db.plugin.updateMany(within(rows, { projectId: id }));
    await db.job.updateMany(within(rows, { environment }));
    await db.schedule.updateMany(within(rows, { environment }));
    await db.service.updateMany(within(services, { environment }));
    await notifyServicesIn(db, environment);
  } else if (table === 'Environment') {
    await db.job.updateMany(within(rows, { environmentId: id }));
    await db.schedule.updateMany(within(rows, { environmentId: id }));
    await db.service.updateMany(within(services, { environmentId: id }));
    await notifyServicesIn(db, { id });
  } else if (table === 'Job') {
    await db.schedule.updateMany(within(rows, { jobId: id }));
  }
}
