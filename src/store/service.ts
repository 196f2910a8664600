import type { Environment, Prisma, Project, Service } from './generated/client.ts';
import { tellingOf } from './notice.ts';
import { notify } from './notifications.ts';
import type { RunToExecute } from './run.ts';
import { sql, type Send } from './sql.ts';
import { newId } from './uuid.ts';

/** A service with the environment and the project that it belongs to. */
export type ServiceInPlace = Service & { environment: Environment & { project: Project } };

const inPlace = { environment: { include: { project: true } } } as const;

/** Statements on services. Every change of one wakes the workers and those who watch it. */
export function serviceStatements(db: Prisma.TransactionClient) {
  const changed = async (service: Service): Promise<Service> => {
    await notify(db, { topic: 'SERVICE', environmentId: service.environmentId });
    return service;
  };
  return {
    serviceById: (id: string): Promise<ServiceInPlace | null> =>
      // What is left in an environment that was deleted is gone with it.
      db.service.findFirst({
        where: { id, deleteTime: null, environment: { deleteTime: null } },
        include: inPlace,
      }),
    serviceByName: (environmentId: string, name: string): Promise<ServiceInPlace | null> =>
      db.service.findFirst({ where: { environmentId, name, deleteTime: null }, include: inPlace }),
    /** The service of which a run is the current one, deleted or not. */
    serviceRunning: (runId: string): Promise<Service | null> =>
      db.service.findUnique({ where: { currentRunId: runId } }),
    createService: async (data: Prisma.ServiceUncheckedCreateInput): Promise<Service> =>
      changed(await db.service.create({ data })),
    updateService: async (id: string, data: Prisma.ServiceUncheckedUpdateInput): Promise<Service> =>
      changed(await db.service.update({ where: { id }, data })),
    /** Puts another name of a plugin into the commands of a project's services. */
    renamePluginOfServices: async (projectId: string, from: string, to: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "Service" AS s SET command = ${to} || substr(command, length(${from}) + 1)
            FROM "Environment" AS e WHERE e.id = s."environmentId" AND e."projectId" = ${projectId}::uuid
              AND split_part(s.command, ':', 1) = ${from}`,
      );
    },
    /** When the first start comes due after a time; null when none does. */
    nextServiceStart: async (after: Date): Promise<Date | null> => {
      const where = { nextStartTime: { gt: after }, currentRunId: null, deleteTime: null };
      const { _min } = await db.service.aggregate({ where, _min: { nextStartTime: true } });
      return _min.nextStartTime;
    },
  };
}

/** How a service is started, sent past Prisma. */
export function serviceStartStatements(send: Send) {
  return {
    /**
     * Begins the run of one service whose start is due, RUNNING, as its worker's. Of several workers that ask at the
     * same time each gets another service: one that somebody holds is passed over.
     *
     * @returns null when no start is due
     */
    startDueService: async (workerId: string, now: Date): Promise<RunToExecute | null> => {
      const [run] = await send(startDue, [newId(), workerId, now.toISOString()]);
      return (run as RunToExecute | undefined) ?? null;
    },
  };
}

const startDue = `
  WITH due AS MATERIALIZED (
    SELECT s.id, s."environmentId", s.command, s.args, s.env, e."projectId"
    FROM "Service" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
    WHERE s."nextStartTime" <= $3::timestamptz AND s."currentRunId" IS NULL
      AND s."deleteTime" IS NULL AND e."deleteTime" IS NULL AND p."deleteTime" IS NULL
    ORDER BY s."nextStartTime", s.id LIMIT 1
    FOR UPDATE OF s SKIP LOCKED FOR KEY SHARE OF e, p SKIP LOCKED
  ), run AS (
    INSERT INTO "Run" (id, "projectId", "environmentId", "serviceId", kind, status, command, args, env, "workerId",
      "startedAt", "heartbeatAt")
    SELECT $1::uuid, "projectId", "environmentId", id, 'SERVICE', 'RUNNING', command, args, env, $2,
      $3::timestamptz, $3::timestamptz FROM due
    RETURNING *
  ), started AS (
    UPDATE "Service" AS s SET status = 'RUNNING', "currentRunId" = run.id, "nextStartTime" = NULL
    FROM run WHERE s.id = run."serviceId"
  )
  SELECT run.*,
    (SELECT json_build_object('directory', directory, 'manifestMode', "manifestMode") FROM "Project" WHERE id = run."projectId") AS project,
    (SELECT json_build_object('name', name) FROM "Environment" WHERE id = run."environmentId") AS environment,
    '[]'::json AS blocks
  FROM ${tellingOf('run')}`;
