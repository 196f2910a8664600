import type {
  Environment,
  Job,
  Plugin,
  Prisma,
  Project,
  Run,
  Schedule,
  Service,
} from './generated/client.ts';
import { sql } from './sql.ts';

/** The tables whose rows are marked as deleted before they are removed. */
export type Deletable = 'Project' | 'Environment' | 'Plugin' | 'Job' | 'Schedule' | 'Service';

/** What can stand in something else, or refer to it. */
export type ChildKind = 'environment' | 'plugin' | 'job' | 'schedule' | 'service' | 'state';

/** How many there are of each kind. */
export type Children = Partial<Record<ChildKind, number>>;

/** A row that may have been deleted, with all that stands above it. */
export type DeletedRow =
  | { type: 'Project'; row: Project; project: Project }
  | { type: 'Environment'; row: Environment; project: Project }
  | { type: 'Plugin'; row: Plugin; project: Project }
  | { type: 'Job'; row: Job; project: Project; environment: Environment }
  | { type: 'Schedule'; row: Schedule; project: Project; environment: Environment; job: Job | null }
  | { type: 'Service'; row: Service; project: Project; environment: Environment };

// What an import has deleted, since the files no longer have it, does not come back by the API.
const notDropped = { OR: [{ manifestKey: null }, { manifestDigest: { not: null } }] };

/** Statements that mark rows as deleted, and bring them back. */
export function deletionStatements(db: Prisma.TransactionClient) {
  return {
    /** Any one run that has not ended. */
    unfinishedRunOf: (place: {
      projectId?: string;
      environmentId?: string;
      jobId?: string;
    }): Promise<Run | null> =>
      db.run.findFirst({ where: { ...place, status: { in: ['QUEUED', 'RUNNING', 'CANCELLING'] } } }),

    /** Any one run that has not ended and one of whose blocks, or plugins to install, has one of the names. */
    unfinishedRunNaming: async (
      projectId: string,
      names: readonly string[],
    ): Promise<{ id: string } | null> => {
      const [run] = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT id FROM "Run" AS r WHERE "projectId" = ${projectId}::uuid AND "endedAt" IS NULL
              AND status = ANY ('{QUEUED,RUNNING,CANCELLING}'::"RunStatus"[])
              AND EXISTS (SELECT FROM unnest(string_to_array(r.command, ' ')) AS word
                          WHERE split_part(word, ':', 1) = ANY (${[...names]}::text[])) LIMIT 1`,
      );
      return run ?? null;
    },

    /** What is in a project and not deleted. */
    childrenOfProject: async (id: string): Promise<Children> => {
      const [children = {}] = await db.$queryRaw<Children[]>(
        sql`WITH e AS MATERIALIZED (
              SELECT id FROM "Environment" WHERE "projectId" = ${id}::uuid AND "deleteTime" IS NULL
            )
            SELECT (SELECT count(*)::int FROM e) AS environment,
              (SELECT count(*)::int FROM "Plugin" WHERE "projectId" = ${id}::uuid AND "deleteTime" IS NULL) AS plugin,
              (SELECT count(*)::int FROM "Job" AS t JOIN e ON e.id = t."environmentId" WHERE t."deleteTime" IS NULL) AS job,
              (SELECT count(*)::int FROM "Schedule" AS t JOIN e ON e.id = t."environmentId" WHERE t."deleteTime" IS NULL) AS schedule,
              (SELECT count(*)::int FROM "Service" AS t JOIN e ON e.id = t."environmentId" WHERE t."deleteTime" IS NULL) AS service,
              (SELECT count(*)::int FROM "State" AS t JOIN e ON e.id = t."environmentId" WHERE t."deleteTime" IS NULL) AS state`,
      );
      return children;
    },
    /** What is in an environment and not deleted. */
    childrenOfEnvironment: async (id: string): Promise<Children> => {
      const where = { environmentId: id, deleteTime: null };
      return {
        job: await db.job.count({ where }),
        schedule: await db.schedule.count({ where }),
        service: await db.service.count({ where }),
        state: await db.state.count({ where }),
      };
    },
    childrenOfJob: async (id: string): Promise<Children> => ({
      schedule: await db.schedule.count({ where: { jobId: id, deleteTime: null } }),
    }),
    /** What refers to a plugin of the project by one of the names, and is not deleted. */
    namingPlugin: async (
      { id, projectId, type, name }: Pick<Plugin, 'id' | 'projectId' | 'type' | 'name'>,
      names: readonly string[],
    ): Promise<Children> => {
      const [counts = {}] = await db.$queryRaw<Children[]>(
        sql`WITH e AS MATERIALIZED (
              SELECT id FROM "Environment" WHERE "projectId" = ${projectId}::uuid AND "deleteTime" IS NULL
            )
            SELECT (SELECT count(*)::int FROM "Plugin" WHERE "projectId" = ${projectId}::uuid AND "deleteTime" IS NULL
                      AND id <> ${id}::uuid AND type = ${type}::"PluginType" AND "inheritFrom" = ${name}) AS plugin,
              (SELECT count(*)::int FROM "Job" AS j JOIN e ON e.id = j."environmentId" WHERE j."deleteTime" IS NULL
                 AND EXISTS (SELECT FROM jsonb_array_elements(j.tasks) AS task, jsonb_array_elements_text(task) AS block
                             WHERE split_part(block, ':', 1) = ANY (${[...names]}::text[]))) AS job,
              (SELECT count(*)::int FROM "Schedule" AS s JOIN e ON e.id = s."environmentId" WHERE s."deleteTime" IS NULL
                 AND s."jobId" IS NULL AND ${name} IN (s.extractor, s.loader)) AS schedule,
              (SELECT count(*)::int FROM "Service" AS s JOIN e ON e.id = s."environmentId" WHERE s."deleteTime" IS NULL
                 AND split_part(s.command, ':', 1) = ANY (${[...names]}::text[])) AS service`,
      );
      return counts;
    },

    /** Marks a row as deleted at a time, or as existing with null. */
    markDeleted: async (table: Deletable, id: string, deleteTime: Date | null): Promise<void> => {
      const change = { where: { id }, data: { deleteTime } };
      if (table === 'Project') await db.project.update(change);
      else if (table === 'Environment') await db.environment.update(change);
      else if (table === 'Plugin') await db.plugin.update(change);
      else if (table === 'Job') await db.job.update(change);
      else if (table === 'Schedule') await db.schedule.update(change);
      else await db.service.update(change);
    },
    /** Marks all that exists in something as deleted at a time. */
    markDeletedWithin: async (table: Deletable, id: string, deleteTime: Date): Promise<void> => {
      await changeWithin(db, table, id, { deleteTime: null }, { deleteTime });
    },
    /** Brings back all in something that was deleted at a time, save what the project's files have dropped. */
    restoreWithin: async (table: Deletable, id: string, deleteTime: Date): Promise<void> => {
      await changeWithin(db, table, id, { deleteTime, ...notDropped }, { deleteTime: null });
    },

    /** A row whether it is deleted or not; null when there is none. */
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
      // A job that was moved meanwhile has left its deleted schedules behind.
      const home = row?.job?.environment ?? row?.environment;
      return row && home ? { type, row, environment: home, job: row.job, project: home.project } : null;
    },

    /** Says that a project's files have to be looked at in full by the next import. */
    forgetImport: async (projectId: string): Promise<void> => {
      await db.project.update({ where: { id: projectId }, data: { manifestDigest: null } });
    },
    /** Makes whoever has read a project see that it is another one now. */
    touchProject: async (id: string): Promise<void> => {
      await db.$executeRaw(sql`UPDATE "Project" SET "deleteTime" = "deleteTime" WHERE id = ${id}::uuid`);
    },
  };
}

interface Marked {
  deleteTime: Date | null;
  OR?: (typeof notDropped)['OR'];
}

async function changeWithin(
  db: Prisma.TransactionClient,
  table: Deletable,
  id: string,
  marked: Marked,
  data: { deleteTime: Date | null },
): Promise<void> {
  const environment = { projectId: id };
  // No file has any.
  const { deleteTime } = marked;
  if (table === 'Project') {
    await db.environment.updateMany({ where: { projectId: id, ...marked }, data });
    await db.plugin.updateMany({ where: { projectId: id, ...marked }, data });
    await db.job.updateMany({ where: { environment, ...marked }, data });
    await db.schedule.updateMany({ where: { environment, ...marked }, data });
    await db.service.updateMany({ where: { environment, deleteTime }, data });
  } else if (table === 'Environment') {
    await db.job.updateMany({ where: { environmentId: id, ...marked }, data });
    await db.schedule.updateMany({ where: { environmentId: id, ...marked }, data });
    await db.service.updateMany({ where: { environmentId: id, deleteTime }, data });
  } else if (table === 'Job') {
    await db.schedule.updateMany({ where: { jobId: id, ...marked }, data });
  }
}
