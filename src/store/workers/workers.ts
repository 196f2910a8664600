import type { ManifestMode, Prisma, Worker } from '../generated/client.ts';
import { notify } from '../database/notify.ts';
import { ago, now, sql } from '../../lib/sql.ts';

/** What a worker says of itself when it starts. */
export type NewWorker = Pick<
  Worker,
  | 'id'
  | 'name'
  | 'host'
  | 'bootId'
  | 'pidNamespace'
  | 'processId'
  | 'version'
  | 'labels'
  | 'slots'
  | 'serviceSlots'
>;

/** What a worker is to do. */
export type WorkerOrders = Pick<Worker, 'drainingAt' | 'isStopping'>;

/** What a worker must know of a project to find out whether it has the files. */
export interface ProjectToServe {
  id: string;
  name: string;
  directory: string;
  manifestMode: ManifestMode;
  filesDigest: string | null;
  importedHost: string | null;
  /** The repository that it comes from; null for none. */
  source: { url: string } | null;
}

/** A project whose files a worker has. */
export interface ServedProject {
  projectId: string;
  directory: string;
  filesDigest: string | null;
}

/** The most rows that one call of `removeSilent` removes. */
const removedAtATime = 100;

/** Statements on workers. */
export function workerStatements(db: Prisma.TransactionClient) {
  const changed = (workerId: string): Promise<void> => notify(db, { topic: 'WORKER', workerId });
  return {
    byId: (id: string): Promise<Worker | null> => db.worker.findUnique({ where: { id } }),

    /** Stores the row of a worker that starts. */
    register: async (worker: NewWorker): Promise<void> => {
      const { id, name, host, bootId, pidNamespace, processId, version, labels, slots, serviceSlots } =
        worker;
      await db.$executeRaw(
        sql`INSERT INTO "Worker" (id, name, host, "bootId", "pidNamespace", "processId", version, labels, slots, "serviceSlots",
              "heartbeatAt")
            VALUES (${id}::uuid, ${name}, ${host}, ${bootId}, ${pidNamespace}, ${processId}::int, ${version},
              ${[...labels]}::text[], ${slots}::int, ${serviceSlots}::int, ${now})
            ON CONFLICT (id) DO UPDATE SET "heartbeatAt" = ${now}`,
      );
    },

    /** The projects that a worker may have. */
    projects: (): Promise<ProjectToServe[]> =>
      db.project.findMany({
        where: { deletedAt: null },
        select: {
          id: true,
          name: true,
          directory: true,
          manifestMode: true,
          filesDigest: true,
          importedHost: true,
          source: { select: { url: true } },
        },
      }),

    /** Replaces the projects whose files a worker has. */
    serve: async (id: string, projects: readonly ServedProject[]): Promise<void> => {
      const given = JSON.stringify(projects);
      await db.$executeRaw(
        sql`WITH given AS MATERIALIZED (
              SELECT g.* FROM jsonb_to_recordset(${given}::jsonb) AS g ("projectId" uuid, directory text, "filesDigest" text)
              JOIN "Project" AS p ON p.id = g."projectId" JOIN "Worker" AS w ON w.id = ${id}::uuid
            ), gone AS (
              DELETE FROM "WorkerProject" WHERE "workerId" = ${id}::uuid
                AND "projectId" NOT IN (SELECT "projectId" FROM given)
            )
            INSERT INTO "WorkerProject" ("workerId", "projectId", directory, "filesDigest")
            SELECT ${id}::uuid, "projectId", directory, "filesDigest" FROM given
            ON CONFLICT ("workerId", "projectId")
              DO UPDATE SET directory = excluded.directory, "filesDigest" = excluded."filesDigest"`,
      );
    },

    /** Lets a worker take no new runs. One that drains already goes on to do so. @returns false when there is no such worker */
    drain: async (id: string, { isStopping }: { isStopping: boolean }): Promise<boolean> => {
      const count = await db.$executeRaw(
        sql`UPDATE "Worker" SET "drainingAt" = coalesce("drainingAt", ${now}), "isStopping" = "isStopping" OR ${isStopping}
            WHERE id = ${id}::uuid`,
      );
      if (count > 0) await changed(id);
      return count > 0;
    },

    /** Lets a worker take new runs again, unless it is being stopped. @returns false when it is not there, or is */
    resume: async (id: string): Promise<boolean> => {
      const count = await db.$executeRaw(
        sql`UPDATE "Worker" SET "drainingAt" = NULL WHERE id = ${id}::uuid AND NOT "isStopping"`,
      );
      if (count > 0) await changed(id);
      return count > 0;
    },

    /** Removes the row of a worker that has ended. */
    leave: async (id: string): Promise<void> => {
      await db.worker.deleteMany({ where: { id } });
    },

    /** Removes the rows of workers that have given no sign of life for some milliseconds. */
    removeSilent: async (ms: number): Promise<void> => {
      await db.$executeRaw(
        sql`DELETE FROM "Worker" WHERE id IN (
              SELECT id FROM "Worker" WHERE "heartbeatAt" < ${ago(ms)} ORDER BY "heartbeatAt" LIMIT ${removedAtATime}::int
            )`,
      );
    },

    /** Removes the rows of all workers: where no two can be, those that are there have ended. */
    removeAll: async (): Promise<void> => {
      await db.worker.deleteMany({});
    },
  };
}
