import type { Gateway } from '../gateway.ts';
import { findWebhook } from '../naming/references.ts';

export interface DeleteWebhookInput {
  /** Id or path of the webhook. */
  webhook: string;
}

/** Deletes a webhook for good. Nothing more is sent to it. @returns the id of its project @throws NotFound */
export async function deleteWebhook({ transaction }: Gateway, input: DeleteWebhookInput): Promise<string> {
  return transaction(async (tx) => {
    const { id, projectId } = await findWebhook(tx, input.webhook, ['input', 'webhook']);
    await tx.webhooks.remove(id);
    return projectId;
  });
}
