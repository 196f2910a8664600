import type { Gateway } from '../gateway.ts';
import { found, parseId } from '../naming/parse-reference.ts';
import { refuseDisabled } from './test-webhook.ts';

export interface RetryDeliveryInput {
  /** Id of the delivery. */
  id: string;
}

/** Has a delivery sent again soon, whatever came of it. @returns its id @throws NotFound, Conflict */
export async function retryDelivery({ transaction }: Gateway, input: RetryDeliveryInput): Promise<string> {
  const at = ['input', 'id'];
  const id = parseId('WebhookDelivery', input.id, at);
  return transaction(async (tx) => {
    const delivery = await tx.deliveries.byId(id);
    const webhook = delivery && (await tx.webhooks.byId(delivery.webhookId));
    refuseDisabled(found(webhook, 'WebhookDelivery', input.id, at), at);
    await tx.deliveries.sendAgain(id);
    return id;
  });
}
