import { Conflict } from '../../errors.ts';
import { quoted } from '../../lib/quoted.ts';
import { newId } from '../../lib/uuid.ts';
import type { WebhookWithProject } from '../../store/webhooks/webhooks.ts';
import type { Gateway } from '../gateway.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import { findWebhook } from '../naming/references.ts';
import { attempt, openReceiver } from './attempt.ts';

/** When others send a test that nobody has sent, in milliseconds: this process may have died. */
const leftMs = 30_000;

/** Writes down a test of a webhook. @returns the id of the delivery @throws NotFound, Conflict */
export async function testWebhook({ transaction }: Gateway, input: { webhook: string }): Promise<string> {
  const at = ['input', 'webhook'];
  return transaction(async (tx) => {
    const webhook = await findWebhook(tx, input.webhook, at);
    refuseDisabled(webhook, at);
    const id = newId();
    const { name, project } = webhook;
    const payload = JSON.stringify({
      type: 'test',
      timestamp: (await tx.now()).toISOString(),
      data: {
        project: { id: encodeGlobalId({ type: 'Project', id: project.id }), path: project.name },
        webhook: {
          id: encodeGlobalId({ type: 'Webhook', id: webhook.id }),
          path: `${project.name}/${name}`,
        },
      },
    });
    await tx.deliveries.create({ id, webhookId: webhook.id, payload }, leftMs);
    return id;
  });
}

/**
 * Sends a test that was written down, unless that was done before. When it cannot be recorded, others send it again: it was
 * asked for all the same.
 */
export async function sendTest(gateway: Gateway, id: string): Promise<void> {
  const { deliveries } = gateway.db;
  try {
    const webhook = await deliveries.takeTest(id);
    if (!webhook) return;
    const outcome = await attempt(gateway, webhook, openReceiver(gateway, webhook), webhook.delivery);
    await deliveries.settleTest(id, outcome);
  } catch (error) {
    gateway.log.warn({ err: error, deliveryId: id }, 'the test of a webhook is left to others');
  }
}

/** @throws Conflict for a webhook to which nothing is sent */
export function refuseDisabled(
  { name, isEnabled }: Pick<WebhookWithProject, 'name' | 'isEnabled'>,
  at: readonly string[],
): void {
  if (isEnabled) return;
  throw new Conflict(`The webhook ${quoted(name)} is disabled: enable it first, with \`updateWebhook\`.`, at);
}
