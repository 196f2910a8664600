import type { Gateway } from '../../domain/gateway.ts';
import { attempt, openReceiver } from '../../domain/webhooks/attempt.ts';
import { isFailingTooLong } from '../../domain/webhooks/backoff.ts';
import type { DeliveryToSend, WebhookToSend } from '../../store/webhooks/deliveries.ts';
import { comeTo } from '../crash-windows.ts';

/** How many deliveries one turn sends at most, and how many of them at a time. */
const most = { inTurn: 20, atATime: 4 };

/** After this time, in milliseconds, a turn begins no further request: others are to have their turn. */
const turnMs = 20_000;

/** A webhook that is left to this turn. */
export interface Turn {
  webhook: WebhookToSend;
  leaseId: string;
  /** Begins no further request when it is aborted. */
  signal: AbortSignal;
}

/**
 * Sends what is due to one webhook, and records what came of each request. A process that dies meanwhile leaves what it has
 * not recorded to others, who send it again with the same `webhook-id`.
 */
export async function sendTurn(gateway: Gateway, { webhook, leaseId, signal }: Turn): Promise<void> {
  const { deliveries } = gateway.db;
  if (webhook.isEnabled) await sendDue(gateway, { webhook, leaseId, signal });
  else await deliveries.giveUp(webhook.id);
  await deliveries.release(webhook.id, leaseId);
}

async function sendDue(gateway: Gateway, { webhook, leaseId, signal }: Turn): Promise<void> {
  const { db, log } = gateway;
  const begun = performance.now();
  const receiver = openReceiver(gateway, webhook);
  const due = await db.deliveries.due(webhook.id, most.inTurn);
  let isOver = false;
  const send = async (delivery: DeliveryToSend): Promise<void> => {
    const outcome = await attempt(gateway, webhook, receiver, delivery);
    await comeTo('WEBHOOK_ANSWERED', delivery.id);
    const standing = await db.deliveries.settle(leaseId, { id: delivery.id, webhookId: webhook.id }, outcome);
    if (standing === null || outcome.restMs !== null) isOver = true;
    const reason = outcome.isGone ? 'GONE' : standing && isFailingTooLong(standing) ? 'FAILING' : null;
    if (reason === null) return;
    isOver = true;
    await db.deliveries.disable(webhook.id, reason);
    log.warn({ webhookId: webhook.id, reason }, 'a webhook was disabled');
  };
  const sendNext = async (): Promise<void> => {
    while (!isOver && !signal.aborted && performance.now() - begun < turnMs) {
      const next = due.shift();
      if (!next) return;
      await send(next);
    }
  };
  // Of a receiver that failed last, one request finds out whether it is back.
  const lanes = webhook.failureCount > 0 ? 1 : most.atATime;
  await Promise.all(Array.from({ length: lanes }, sendNext));
}
