import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { stateLeaseKey } from '../../../src/store/leases/lease-keys.ts';
import type { TestApp } from '../app.ts';

/** A run that has the lease of a state id, as a worker that executes it would leave it. */
export interface Held {
  /** The run's id in the API. */
  run: string;
  /** Ends the run and frees the lease. */
  release: () => Promise<void>;
}

/** Gives the lease of the state id at a path `project/environment/state id` to a run without a job. */
export async function hold({ app: { store } }: TestApp, path: string): Promise<Held> {
  const [project = '', environment = '', ...rest] = path.split('/');
  const row = await store.environments.byPath(project, environment);
  if (!row) throw new Error(`There is no environment ${project}/${environment}.`);
  const key = stateLeaseKey(row.id, rest.join('/'));
  const { id } = await store.prisma.run.create({
    data: {
      ...{ projectId: row.projectId, environmentId: row.id, kind: 'RUN', status: 'RUNNING' },
      ...{ command: 'held', leaseKeys: [key] },
    },
  });
  const holder = await store.leases.take(row.projectId, [key], id);
  if (holder) throw new Error(`The run ${holder.runId ?? ''} holds ${key} already.`);
  return {
    run: encodeGlobalId({ type: 'Run', id }),
    release: async () => {
      await store.leases.releaseAllOf(id);
      await store.prisma.run.update({ where: { id }, data: { status: 'SUCCEEDED', endedAt: new Date() } });
    },
  };
}
