import type { Prisma, Webhook, WebhookDisableReason } from '../generated/client.ts';
import { ago, sql } from '../../lib/sql.ts';

export type WebhookWithProject = Webhook & { project: { id: string; name: string } };

const withProject = { project: { select: { id: true, name: true } } } as const;
const exists = { project: { deletedAt: null } } as const;

/** Statements on webhooks. */
export function webhookStatements(db: Prisma.TransactionClient) {
  const time = async (ms: number): Promise<Date> => {
    const [row] = await db.$queryRaw<[{ at: Date }]>(sql`SELECT ${ago(-ms)} AS at`);
    return row.at;
  };
  return {
    byId: (id: string): Promise<WebhookWithProject | null> =>
      db.webhook.findFirst({ where: { id, ...exists }, include: withProject }),
    byName: (projectId: string, name: string): Promise<WebhookWithProject | null> =>
      db.webhook.findFirst({ where: { projectId, name, ...exists }, include: withProject }),
    count: (projectId: string): Promise<number> => db.webhook.count({ where: { projectId } }),
    /** Locks its row until the transaction ends. */
    lock: async (id: string): Promise<void> => {
      await db.$queryRaw(sql`SELECT 1 FROM "Webhook" WHERE id = ${id}::uuid FOR UPDATE`);
    },
    create: async (data: Prisma.WebhookUncheckedCreateInput): Promise<void> => {
      await db.webhook.create({ data });
    },
    update: (id: string, data: Prisma.WebhookUncheckedUpdateInput): Promise<Webhook> =>
      db.webhook.update({ where: { id }, data }),
    /** Removes it. What it was to be told is removed later. */
    remove: async (id: string): Promise<void> => {
      await db.$executeRaw(sql`DELETE FROM "Webhook" WHERE id = ${id}::uuid`);
    },
    /** A time by the database's clock, some milliseconds from now. */
    timeIn: time,
    /** What a webhook is that is disabled now. */
    disabledNow: async (reason: WebhookDisableReason) => ({
      isEnabled: false,
      disableReason: reason,
      disabledAt: await time(0),
      resumesAt: null,
    }),
  };
}
