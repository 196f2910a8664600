import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

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
      const { leaseKeys } = await app.app.store.prisma.run.findUniqueOrThrow({
        where: { id: storeId(run.id) },
      });
      return leaseKeys.map((key) => key.slice(key.indexOf(':dev:') + 1));
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
