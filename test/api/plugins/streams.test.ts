import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

describe('discoverStreams', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ projects: deskAndAnnex });
  });
  afterAll(() => app.stop());

  test('answers at once with a run of the environment, for an extractor by its id or its path', async () => {
    const { project } = await app.query<{ project: { plugins: { nodes: { id: string }[] } } }>(
      `{ project(ref: "annex") { plugins(filter: {types: [EXTRACTOR]}) { nodes { id } } } }`,
    );
    for (const plugin of ['annex/extractors/tap-calls', project.plugins.nodes[0]?.id]) {
      const input = { plugin, environment: 'annex/dev', timeoutSeconds: 9, refreshCatalog: true };
      const { run } = await done<{ run: object }>(
        ...([app, 'discoverStreams', input] as const),
        'run { kind status command timeoutSeconds refreshCatalog environment { path } blocks { totalCount } }',
      );
      expect(run).toEqual({
        ...{
          kind: 'DISCOVER',
          status: 'QUEUED',
          command: 'tap-calls',
          timeoutSeconds: 9,
          refreshCatalog: true,
        },
        ...{ environment: { path: 'annex/dev' }, blocks: { totalCount: 0 } },
      });
    }
  });

  test('refuses plugins of other types and names of none', async () => {
    const wrong = async (plugin: string): Promise<string[]> =>
      mistakes(await refused(app, 'discoverStreams', { plugin, environment: 'annex/dev' }));
    expect(await wrong('annex/loaders/target-desk')).toEqual(['input.plugin: NOT_AN_EXTRACTOR']);
    // The last one is in another project.
    for (const none of [
      'tap-calls',
      'annex/extractors/none',
      'annex/tap-calls',
      'desk/extractors/tap-calls',
    ]) {
      expect(await wrong(none)).toEqual(['input.plugin: NOT_FOUND']);
    }
    const plugin = 'annex/extractors/tap-calls';
    expect(mistakes(await refused(app, 'discoverStreams', { plugin, environment: 'annex/none' }))).toEqual([
      'input.environment: NOT_FOUND',
    ]);
  });
});

describe('a catalog that is asked for', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ projects: deskAndAnnex });
  });
  afterAll(() => app.stop());

  const catalogs = (environment: string): string =>
    `{ project(ref: "desk") { name plugins { nodes { name catalog(environment: "${environment}") { isStale } } } } }`;

  test('in an environment without a discovery is null', async () => {
    const { data, errors } = await app.send<{ project: { plugins: { nodes: object[] } } }>(
      catalogs('desk/dev'),
    );
    expect(errors).toBeUndefined();
    expect(data.project.plugins.nodes).toContainEqual({ name: 'tap-calls', catalog: null });
  });

  test.each(['desk/nosuch', 'nosuch', '', 'annex/dev', 'a\0b'])(
    'in the environment %j is null',
    async (name) => {
      const { result, statements } = await app.counting(() =>
        app.send<{ project: { name: string; plugins: { nodes: object[] } } }>(
          'query ($of: ID!) { project(ref: "desk") { name plugins { nodes { name catalog(environment: $of) { isStale } } } } }',
          { of: name },
        ),
      );
      expect(result.errors).toBeUndefined();
      expect(result.data.project.plugins.nodes).toContainEqual({ name: 'tap-calls', catalog: null });
      // One more asks, for all plugins, what had the path before.
      expect(statements.length).toBeLessThanOrEqual(2);
    },
  );
});
