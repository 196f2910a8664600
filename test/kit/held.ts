import { encodeGlobalId } from '../../src/domain/global-id.ts';
import { stateLockKey } from '../../src/store/lock-keys.ts';
import type { TestApp } from './app.ts';

/** A run that holds a state id, as a worker would have left it while executing the run. */
export interface Held {
  /** The run's id in the API. */
  run: string;
  /** Ends the run and lets go of the id. */
  release: () => Promise<void>;
}

/** Lets a run of no job hold the state id at a path `project/environment/state id`. */
export async function hold({ app: { store } }: TestApp, path: string): Promise<Held> {
  const [project = '', environment = '', ...rest] = path.split('/');
  const row = await store.environmentByPath(project, environment);
  if (!row) throw new Error(`There is no environment ${project}/${environment}.`);
  const key = stateLockKey(row.id, rest.join('/'));
  const { id } = await store.prisma.run.create({
    data: {
      ...{ projectId: row.projectId, environmentId: row.id, kind: 'RUN', status: 'RUNNING' },
      ...{ command: 'held', lockKeys: [key] },
    },
  });
  const holder = await store.takeLocks(row.projectId, [key], id);
  if (holder) throw new Error(`The run ${holder.runId ?? ''} holds ${key} already.`);
  return {
    run: encodeGlobalId({ type: 'Run', id }),
    release: async () => {
      await store.releaseLocksOf(id);
      await store.prisma.run.update({ where: { id }, data: { status: 'SUCCEEDED', endedAt: new Date() } });
    },
  };
}
