import type { Prisma } from '../generated/client.ts';
import { channel, type ServiceNotification } from '../database/notify.ts';
import { sql, type Sql } from '../../lib/sql.ts';

const topic: ServiceNotification['topic'] = 'SERVICE';

/** Sends a notification for each service of some environments, in which something has happened to all of them. */
export async function notifyServicesIn(
  db: Prisma.TransactionClient,
  environments: { id: string } | { projectId: string } | { ids: Sql },
): Promise<void> {
  const condition =
    'id' in environments
      ? sql`e.id = ${environments.id}::uuid`
      : 'projectId' in environments
        ? sql`e."projectId" = ${environments.projectId}::uuid`
        : sql`e.id IN (${environments.ids})`;
  await db.$executeRaw(
    sql`SELECT pg_notify(${channel}, json_build_object('topic', ${topic}::text, 'serviceId', s.id)::text)
        FROM "Service" AS s JOIN "Environment" AS e ON e.id = s."environmentId" WHERE ${condition}`,
  );
}
