import { startTestApp, type TestApp } from './app.ts';
import { meltano } from './meltano.ts';
import { copySample, type Sample } from './sample.ts';

/** A gateway on a copy of the sample project, which executes runs with the real Meltano. */
export interface SampleApp {
  app: TestApp;
  sample: Sample;
  stop: () => Promise<void>;
}

/** Starts one that executes two runs at a time. */
export async function startSampleApp(): Promise<SampleApp> {
  const sample = await copySample();
  const app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 2 });
  const stop = async (): Promise<void> => {
    await app.stop();
    await sample.remove();
  };
  return { app, sample, stop };
}
