import type { Gateway } from '../../domain/gateway.ts';
import { forgetDeliveries } from '../../domain/webhooks/forget-deliveries.ts';
import { newId } from '../../lib/uuid.ts';
import type { Store } from '../../store/index.ts';
import { oneLook } from '../one-look.ts';
import { sendTurn } from './send-turn.ts';

/** Tells webhooks of events. */
export interface Sender {
  /** Begins no more requests. Resolves when none is under way. */
  stop: () => Promise<void>;
}

/** To how many webhooks a process sends at a time, so that a receiver that does not answer keeps no other waiting. */
const atATime = 8;

/** The longest time between two looks, in milliseconds: a notification can get lost. */
const longestMs = 15_000;

/** How often old deliveries are removed, in milliseconds. */
const tidyMs = 600_000;

/**
 * Starts to send. Each process on a database can do so, and any number of them: a webhook is sent to by the one that has
 * taken it.
 *
 * @param isAlone whether no other process uses the database: what was taken before is free then
 */
export function startSending(store: Store, gateway: Gateway, isAlone: boolean): Sender {
  const { log } = gateway;
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let tidiedAt = performance.now();
  let isBegun = !isAlone;

  const goesOn = (): boolean => !signal.aborted;
  const sendDue = async (): Promise<void> => {
    if (!goesOn()) return;
    if (!isBegun) await store.deliveries.releaseAll();
    isBegun = true;
    clearTimeout(timer);
    while (goesOn() && underWay.size < atATime) {
      const leaseId = newId();
      const webhook = await store.deliveries.claim(leaseId);
      if (!webhook) break;
      const turn = sendTurn(gateway, { webhook, leaseId, signal })
        .catch((error: unknown) => onFault(error))
        .finally(() => {
          underWay.delete(turn);
          look();
        });
      underWay.add(turn);
    }
    if (performance.now() - tidiedAt > tidyMs) {
      tidiedAt = performance.now();
      await forgetDeliveries(gateway);
    }
    const next = await store.deliveries.nextIn();
    const longest = store.polls ? longestMs : 24 * 3600 * 1000;
    // What is due already waits for a place, or for others who are taking it.
    const wait = next === null ? longest : next > 0 ? next : 1000;
    if (goesOn()) timer = setTimeout(look, Math.min(wait, longest));
  };
  const onFault = (error: unknown): void => {
    log.error({ err: error }, 'webhooks could not be told of events');
    clearTimeout(timer);
    if (goesOn()) timer = setTimeout(look, longestMs);
  };
  const looks = oneLook(sendDue, onFault);
  const look = (): void => {
    if (goesOn()) looks.ask();
  };
  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'WEBHOOK') look();
  });
  look();
  return {
    stop: async () => {
      stopping.abort();
      unsubscribe();
      await looks.done();
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
}
