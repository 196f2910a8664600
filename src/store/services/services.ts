import type { Environment, Prisma, Project, Service } from '../generated/client.ts';
import { notify, withNotification } from '../database/notify.ts';
import type { RunToExecute } from '../runs/runs.ts';
import { now, sql, type Send } from '../../lib/sql.ts';
import { hasFiles } from '../workers/serves.ts';
import { newId } from '../../lib/uuid.ts';

/** A service with its environment and project. */
export type ServiceWithParents = Service & { environment: Environment & { project: Project } };

const withParents = { environment: { include: { project: true } } } as const;

/** Statements on services. Every change also sends a notification, which wakes the workers too. */
export function serviceStatements(db: Prisma.TransactionClient) {
  const changed = async (service: Service): Promise<Service> => {
    await notify(db, { topic: 'SERVICE', serviceId: service.id });
    return service;
  };
  return {
    byId: (id: string): Promise<ServiceWithParents | null> =>
      // Services in a deleted environment count as deleted.
      db.service.findFirst({
        where: { id, deletedAt: null, environment: { deletedAt: null } },
        include: withParents,
      }),
    byName: (environmentId: string, name: string): Promise<ServiceWithParents | null> =>
      db.service.findFirst({ where: { environmentId, name, deletedAt: null }, include: withParents }),
    /** The service whose current run this is; deleted ones too. */
    running: (runId: string): Promise<Service | null> =>
      db.service.findUnique({ where: { currentRunId: runId } }),
    create: async (data: Prisma.ServiceUncheckedCreateInput): Promise<Service> =>
      changed(await db.service.create({ data: { id: newId(), ...data } })),
    update: async (id: string, data: Prisma.ServiceUncheckedUpdateInput): Promise<Service> =>
      changed(await db.service.update({ where: { id }, data })),
    /** Replaces the name of a plugin in the commands of a project's services. */
    renamePlugin: async (projectId: string, from: string, to: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "Service" AS s SET command = ${to} || substr(command, length(${from}) + 1)
            FROM "Environment" AS e WHERE e.id = s."environmentId" AND e."projectId" = ${projectId}::uuid
              AND split_part(s.command, ':', 1) = ${from}`,
      );
    },
    /** In how many milliseconds the first start that is not due yet will be due; null when there is none. */
    nextStartIn: async (): Promise<number | null> => {
      const [next] = await db.$queryRaw<{ ms: number | null }[]>(
        sql`SELECT (extract(epoch FROM min("nextStartAt") - ${now}) * 1000)::float8 AS ms FROM "Service"
            WHERE "nextStartAt" > ${now} AND "currentRunId" IS NULL AND "deletedAt" IS NULL`,
      );
      return next?.ms ?? null;
    },
  };
}

/** The statement that starts a service, sent without Prisma. */
export function serviceStartStatements(send: Send) {
  return {
    /**
     * Creates a RUNNING run of one service whose start is due and whose project the worker has. When several workers call it at the same time,
     * each gets another service: it skips rows that another transaction has locked.
     *
     * @returns null when no start is due
     */
    startDue: async (workerId: string): Promise<RunToExecute | null> => {
      const [run] = await send(startDue, [newId(), workerId]);
      return (run as RunToExecute | undefined) ?? null;
    },
  };
}

const startDue = `
  WITH due AS MATERIALIZED (
    SELECT s.id, s."environmentId", s.command, s.args, s.env, e."projectId"
    FROM "Service" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
      JOIN "Worker" AS w ON w.name = $2
    WHERE w."drainingAt" IS NULL AND ${hasFiles('w', 'p.id')} AND s."nextStartAt" <= statement_timestamp() AND s."currentRunId" IS NULL
      AND s."deletedAt" IS NULL AND e."deletedAt" IS NULL AND p."deletedAt" IS NULL
    ORDER BY s."nextStartAt", s.id LIMIT 1
    FOR UPDATE OF s SKIP LOCKED FOR KEY SHARE OF e, p SKIP LOCKED
  ), run AS (
    INSERT INTO "Run" (id, "projectId", "environmentId", "serviceId", trigger, kind, status, command, args, env, "workerId",
      "startedAt", "heartbeatAt")
    SELECT $1::uuid, "projectId", "environmentId", id, 'SERVICE', 'SERVICE', 'RUNNING', command, args, env, $2,
      statement_timestamp(), statement_timestamp() FROM due
    RETURNING *
  ), started AS (
    UPDATE "Service" AS s SET status = 'RUNNING', "currentRunId" = run.id, "nextStartAt" = NULL
    FROM run WHERE s.id = run."serviceId"
  )
  SELECT run.*,
    (SELECT json_build_object('directory', directory, 'manifestMode', "manifestMode", 'filesDigest', "filesDigest") FROM "Project" WHERE id = run."projectId") AS project,
    (SELECT json_build_object('name', name) FROM "Environment" WHERE id = run."environmentId") AS environment,
    '[]'::json AS blocks
  FROM ${withNotification('run')}`;
