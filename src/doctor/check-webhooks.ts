import type { Send } from '../lib/sql.ts';
import { shortened, type Check } from './check.ts';

interface Trouble {
  path: string;
  reason: 'GONE' | 'FAILING' | null;
  since: string;
  waiting: number;
}

/** The most webhooks with trouble that are looked at, and the most deliveries of each that are counted. */
const most = 1000;

/** Webhooks that were disabled because nobody answers there, and those whose deliveries fail now. */
export async function checkWebhooks(send: Send): Promise<Check[]> {
  const [counts] = (await send(countsText, [])) as unknown as [{ enabled: number; disabled: number }];
  const troubles = (await send(troublesText, [most])) as unknown as Trouble[];
  const lines = troubles.map((trouble): Check => ({
    check: 'webhooks',
    status: 'WARNING',
    message: messageOf(trouble),
  }));
  return [
    { check: 'webhooks', status: 'OK', message: `${counts.enabled} enabled, ${counts.disabled} disabled` },
    ...shortened('webhooks', lines),
  ];
}

function messageOf({ path, reason, since, waiting }: Trouble): string {
  if (reason === 'GONE')
    return `${path} is disabled since ${since}: its receiver said that it is gone (410). Delete it, or update its address.`;
  if (reason === 'FAILING')
    return `${path} is disabled since ${since}: its receiver had failed for three days. Enable it when that is mended.`;
  const count = waiting === most ? `${most} or more` : String(waiting);
  const wait = waiting === 1 ? '1 delivery waits' : `${count} deliveries wait`;
  return `${path} fails since ${since}, and ${wait}. \`Webhook.deliveries\` says why.`;
}

const existing = `"Webhook" AS w JOIN "Project" AS p ON p.id = w."projectId" WHERE p."deletedAt" IS NULL`;

const countsText = `SELECT count(*) FILTER (WHERE w."isEnabled")::int AS enabled,
    count(*) FILTER (WHERE NOT w."isEnabled")::int AS disabled FROM ${existing}`;

const troublesText = `SELECT concat_ws('/', p.name, w.name) AS path, nullif(w."disableReason", 'REQUESTED') AS reason,
    "timeText"(coalesce(w."disabledAt", w."failingSince")) AS since,
    (SELECT count(*) FROM (
      SELECT FROM "WebhookDelivery" AS d WHERE d."webhookId" = w.id AND d."nextAttemptAt" IS NOT NULL LIMIT $1::int
    ) AS waiting)::int AS waiting
  FROM ${existing} AND (w."disableReason" IN ('GONE', 'FAILING') OR (w."isEnabled" AND w."failingSince" IS NOT NULL))
  ORDER BY 1 LIMIT $1::int`;
