import type { Service, Store } from '../../store/index.ts';
import { follow } from '../follow.ts';

/** Yields at once, and again after each change, until the service is deleted. */
export function followService(
  store: Store,
  { id, environmentId }: Pick<Service, 'id' | 'environmentId'>,
): AsyncGenerator<{ id: string }> {
  /** Where its runs are. */
  let environment = environmentId;
  return follow(
    store,
    (notification) =>
      (notification.topic === 'SERVICE' && notification.serviceId === id) ||
      (notification.topic === 'CHANGE' && notification.environmentId === environment),
    async function* (wait) {
      let seen = '';
      for (;;) {
        const service = await store.services.byId(id);
        if (!service) return;
        environment = service.environmentId;
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
