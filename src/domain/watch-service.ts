import type { Service, Store } from '../store/index.ts';
import { watching } from './watching.ts';

/** A service as it is now, and again whenever it changes, until it is deleted. */
export function followService(
  store: Store,
  { id, environmentId }: Pick<Service, 'id' | 'environmentId'>,
): AsyncGenerator<{ id: string }> {
  return watching(
    store,
    (notification) =>
      'environmentId' in notification &&
      notification.topic !== 'LOG' &&
      notification.environmentId === environmentId,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const service = await store.serviceById(id);
        if (!service) return;
        const signature = signatureOf(service);
        if (signature !== seen) yield { id };
        seen = signature;
        if (!(await wait())) return;
      }
    },
  );
}

// A revision for what callers set, and what workers write.
function signatureOf({
  revision,
  status,
  statusReason,
  restartCount,
  nextStartTime,
  currentRunId,
}: Service): string {
  return JSON.stringify([revision, status, statusReason, restartCount, nextStartTime, currentRunId]);
}
