import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithMeltano } from '../kit/meltano.ts';
import { copyOf, importAgain } from '../kit/projects.ts';
import { ask, bookmarkOf, runEnded, storeId } from '../kit/runs.ts';
import { startSampleApp, type SampleApp } from '../kit/sample-app.ts';
import { done, mistakes, refused } from '../kit/verbs.ts';

const fields = 'environment { id path stateIdSuffix }';
interface Answer {
  environment: { id: string; path: string; stateIdSuffix: string | null };
}

describe('updateEnvironment', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.stop());

  const update = async (environment: string, stateIdSuffix?: string | null) =>
    (await done<Answer>(app, 'updateEnvironment', { environment, stateIdSuffix }, fields)).environment;

  test('changes the suffix; runs that are asked for hold state ids with it, and those before keep theirs', async () => {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'suffix');
    const keysOf = async (): Promise<string[]> => {
      const { run } = await done<{ run: { id: string } }>(
        app,
        'runJob',
        { job: 'suffix/dev/calls' },
        'run { id }',
      );
      const { lockKeys } = await app.app.store.prisma.run.findUniqueOrThrow({
        where: { id: storeId(run.id) },
      });
      return lockKeys.map((key) => key.slice(key.indexOf(':dev:') + 1));
    };
    expect(await keysOf()).toEqual(['dev:tap-calls-to-target-desk']);
    const { id } = await update('suffix/dev', 'late');
    expect(await keysOf()).toEqual(['dev:tap-calls-to-target-desk:late']);
    expect(await update(id)).toEqual({ id, path: 'suffix/dev', stateIdSuffix: 'late' });

    // It survives an import until the environment's own definition changes.
    await copy.edit("'@weekly'", "'@monthly'");
    await importAgain(app, copy.directory);
    expect((await update(id)).stateIdSuffix).toBe('late');
    await copy.edit('  - name: dev\n', '  - name: dev\n    state_id_suffix: filed\n');
    await importAgain(app, copy.directory);
    expect((await update(id)).stateIdSuffix).toBe('filed');
    expect(await refused(app, 'updateEnvironment', { environment: id, stateIdSuffix: null })).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'stateIdSuffix'] },
    });
  });

  test.each(['', 'a b', 'a:b', 'a/b', '$A', 'x'.repeat(101)])(
    'refuses the suffix %j',
    async (stateIdSuffix) => {
      const answer = await refused(app, 'updateEnvironment', { environment: 'suffix/prod', stateIdSuffix });
      expect(mistakes(answer)).toEqual(['input.stateIdSuffix: BAD_SUFFIX']);
    },
  );

  test('refuses an environment that is not there', async () => {
    const answer = await refused(app, 'updateEnvironment', {
      environment: 'suffix/none',
      stateIdSuffix: 'x',
    });
    expect(answer).toMatchObject({ __typename: 'NotFound', path: ['input', 'environment'] });
  });
});

describeWithMeltano('a suffix that the API gave to an environment', { timeout: 120_000 }, () => {
  let at: SampleApp;
  beforeAll(async () => {
    at = await startSampleApp();
  });
  afterAll(() => at.stop());

  test('is the one that Meltano takes, and the next run goes on from the state under it', async () => {
    const { app, sample } = at;
    const environment = 'demo/dev';
    await done(app, 'updateEnvironment', { environment, stateIdSuffix: 'given' }, fields);
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
