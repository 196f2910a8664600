import { startTestApp, type TestApp, type TestAppOptions } from './app.ts';
import { meltano } from './meltano/meltano.ts';
import { copySample, type Sample } from './data/sample.ts';

/** A gateway on a copy of the sample project, which executes runs with the real Meltano. */
export interface SampleApp {
  app: TestApp;
  sample: Sample;
  stop: () => Promise<void>;
}

/** Starts one that executes two runs at the same time, unless the options say otherwise. */
export async function startSampleApp(options: Omit<TestAppOptions, 'projects'> = {}): Promise<SampleApp> {
  const sample = await copySample();
  const projects = [sample.project];
  const app = await startTestApp({
    projects,
    meltano: meltano ?? '/nonexistent/meltano',
    slots: 2,
    ...options,
  });
  const stop = async (): Promise<void> => {
    await app.stop();
    await sample.remove();
  };
  return { app, sample, stop };
}
