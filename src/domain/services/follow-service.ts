import type { Service, Store } from '../../store/index.ts';
import { follow } from '../follow.ts';

/** Yields at once, and again after each change, until the service is deleted. */
export function followService(
  store: Store,
  { id, environmentId }: Pick<Service, 'id' | 'environmentId'>,
): AsyncGenerator<{ id: string }> {
  return follow(
    store,
    (notification) =>
      'environmentId' in notification &&
      notification.topic !== 'LOG' &&
      notification.environmentId === environmentId,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const service = await store.services.byId(id);
        if (!service) return;
        const signature = signatureOf(service);
        if (signature !== seen) yield { id };
        seen = signature;
        if (!(await wait())) return;
      }
    },
  );
}

// The revision covers what callers set; the other fields are what workers write.
function signatureOf({
  revision,
  status,
  statusReason,
  restartCount,
  nextStartAt,
  currentRunId,
}: Service): string {
  return JSON.stringify([revision, status, statusReason, restartCount, nextStartAt, currentRunId]);
}
