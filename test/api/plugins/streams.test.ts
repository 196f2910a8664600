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

  test('answers at once with a run of the environment, for an extractor by its id or its name', async () => {
    const { project } = await app.query<{ project: { plugins: { nodes: { id: string }[] } } }>(
      `{ project(name: "annex") { plugins(filter: {types: [EXTRACTOR]}) { nodes { id } } } }`,
    );
    for (const plugin of ['tap-calls', project.plugins.nodes[0]?.id]) {
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
    expect(await wrong('target-desk')).toEqual(['input.plugin: NOT_AN_EXTRACTOR']);
    expect(await wrong('none')).toEqual(['input.plugin: UNKNOWN_PLUGIN']);
    expect(
      await refused(app, 'discoverStreams', { plugin: 'tap-calls', environment: 'annex/none' }),
    ).toMatchObject({ __typename: 'NotFound' });
  });
});

describe('a catalog that is asked for', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ projects: deskAndAnnex });
  });
  afterAll(() => app.stop());

  const catalogs = (environment: string): string =>
    `{ project(name: "desk") { name plugins { nodes { name catalog(environment: "${environment}") { isStale } } } } }`;

  test('in an environment without a discovery is null', async () => {
    const { data, errors } = await app.send<{ project: { plugins: { nodes: object[] } } }>(catalogs('dev'));
    expect(errors).toBeUndefined();
    expect(data.project.plugins.nodes).toContainEqual({ name: 'tap-calls', catalog: null });
  });

  test('in an environment that does not exist is an error, and nothing else is harmed', async () => {
    const { result, statements } = await app.counting(() =>
      app.send<{ project: { name: string; plugins: { nodes: object[] } } }>(catalogs('nosuch')),
    );
    const { data, errors } = result;
    expect(data.project.name).toBe('desk');
    expect(data.project.plugins.nodes).toContainEqual({ name: 'tap-calls', catalog: null });
    expect(errors).toHaveLength(data.project.plugins.nodes.length);
    expect(errors?.[0]).toMatchObject({
      message: 'The project has no environment "nosuch".',
      path: ['project', 'plugins', 'nodes', 0, 'catalog'],
      extensions: { code: 'NOT_FOUND' },
    });
    // The compiled query gives way to one that reads level by level; none reads for each plugin.
    expect(statements.length).toBeLessThanOrEqual(8);
  });
});
