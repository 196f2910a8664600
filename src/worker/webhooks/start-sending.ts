import type { Gateway } from '../../domain/gateway.ts';
import { forgetDeliveries } from '../../domain/webhooks/forget-deliveries.ts';
import { newId } from '../../lib/uuid.ts';
import type { Store } from '../../store/index.ts';
import { startDueWork, type DueWork } from '../due-work.ts';
import { sendTurn } from './send-turn.ts';

/**
 * Starts to tell webhooks of events. Each process on a database can do so, and any number of them: a webhook is sent to by
 * the one that has taken it.
 *
 * @param isAlone whether no other process uses the database: what was taken before is free then
 */
export function startSending(store: Store, gateway: Gateway, isAlone: boolean): DueWork {
  let isFreed = !isAlone;
  return startDueWork(store, {
    topic: 'WEBHOOK',
    atATime: 8,
    take: async (signal) => {
      if (!isFreed) await store.deliveries.releaseAll();
      isFreed = true;
      const leaseId = newId();
      const webhook = await store.deliveries.claim(leaseId);
      return webhook && (() => sendTurn(gateway, { webhook, leaseId, signal }));
    },
    nextIn: () => store.deliveries.nextIn(),
    tidy: () => forgetDeliveries(gateway),
    tidies: { everyMs: 600_000, atOnce: false },
    onFault: (error) => gateway.log.error({ err: error }, 'webhooks could not be told of events'),
  });
}
