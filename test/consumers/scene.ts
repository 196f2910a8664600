import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import { seeder } from '../kit/data/seed.ts';
import { startSampleApp, type SampleApp } from '../kit/sample-app.ts';
import type { Gateway } from './tour.ts';

/** A gateway on the sample project, with a past: five runs of `demo/dev/sales` have failed. */
export interface Scene extends Gateway {
  /** The id of the job. */
  job: string;
  /** Ids of the runs, the newest first. */
  failed: string[];
  stop: SampleApp['stop'];
}

const token = 'a-token-of-this-test-0123456789-abcdefgh';

/**
 * Starts one. It executes no runs: one that is started waits until it is cancelled.
 *
 * @param trustedDocuments the only documents that it executes; any when absent
 */
export async function startScene(trustedDocuments?: ReadonlyMap<string, string>): Promise<Scene> {
  const { app, stop } = await startSampleApp({
    apiToken: token,
    slots: 0,
    ...(trustedDocuments ? { trustedDocuments } : {}),
  });
  const { store } = app.app;
  const {
    id: jobId,
    environmentId,
    environment,
  } = await store.prisma.job.findFirstOrThrow({
    where: { name: 'sales', environment: { name: 'dev', project: { name: 'demo' } } },
    include: { environment: true },
  });
  const seed = seeder(store);
  const failed: string[] = [];
  for (let i = 0; i < 5; i++) {
    const id = await seed.run(environment.projectId, { environmentId, jobId, status: 'FAILED' });
    failed.unshift(encodeGlobalId({ type: 'Run', id }));
  }
  return { url: app.url, token, job: encodeGlobalId({ type: 'Job', id: jobId }), failed, stop };
}
