import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { startSampleApp, type SampleApp } from '../../kit/sample-app.ts';
import { done } from '../../kit/verbs/call.ts';
import { ask, bookmarkOf, runEnded } from '../../kit/verbs/runs.ts';

describeWithMeltano('a suffix that the API gave to an environment', () => {
  let at: SampleApp;
  beforeAll(async () => {
    at = await startSampleApp();
  });
  afterAll(() => at.stop());

  test('is the one that Meltano takes, and the next run goes on from the state under it', async () => {
    const { app, sample } = at;
    const environment = 'demo/dev';
    await done(app, 'updateEnvironment', { environment, stateIdSuffix: 'given' }, 'environment { id }');
    const place = sample.place();
    const { env } = place.with({ rows: 3 });
    for (const bookmark of [3, 6]) {
      const asked = await ask(app, 'runJob', { job: 'demo/dev/sales', env });
      const run = await runEnded(app, asked.id);
      expect(run.status, run.errorMessage ?? '').toBe('SUCCEEDED');
      expect(run.states.nodes.map(({ stateId }) => stateId)).toEqual(['dev:tap-till-to-target-files:given']);
      expect(bookmarkOf(run.states.nodes[0]?.merged)).toBe(bookmark);
    }
  });
});
