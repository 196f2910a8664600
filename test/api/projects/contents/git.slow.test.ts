import { access, lstat, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gitTrees, type GitTrees } from '../../../../src/runner/git/git-trees.ts';
import { tidy } from '../../../../src/worker/sources/source-sync.ts';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../../kit/meltano/meltano.ts';
import { gitServer, type GitServer } from '../../../kit/programs/git-server.ts';
import { tableTexts } from '../../../kit/tables.ts';
import { done, refused } from '../../../kit/verbs/call.ts';
import { linesOf, runToEnd, storeId } from '../../../kit/verbs/runs.ts';
import { waitFor } from '../../../kit/wait.ts';

const program = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/meltano-project/bin/${name}`, import.meta.url));

/** The `meltano.yml` of a commit. */
const manifest = (rows: number, job = 'numbers'): string => `
environments: [{ name: dev }]
project_id: 11111111-1111-4111-8111-111111111111
plugins:
  extractors:
  - name: tap-numbers
    namespace: tap_numbers
    executable: ${program('tap_numbers.py')}
    capabilities: [catalog, discover, state]
    settings: [{name: rows, kind: integer}, {name: stream}]
    config: {rows: ${rows}, stream: numbers}
  loaders:
  - name: target-lines
    namespace: target_lines
    executable: ${program('target_lines.py')}
jobs: [{ name: ${job}, tasks: [tap-numbers target-lines] }]
`;

interface Source {
  commit: string | null;
  problem: string | null;
  requestedAt: string | null;
  syncedAt: string | null;
  checkedAt: string | null;
}

describeWithMeltano('a project from a repository', () => {
  let server: GitServer;
  let app: TestApp;
  let trees: GitTrees;
  let first: string;
  let id: string;
  beforeAll(async () => {
    server = await gitServer();
    app = await startTestApp({
      meltano: meltano ?? '',
      slots: 2,
      syncsSources: true,
      gitProtocols: ['http'],
      env: { ...process.env, GIT_CREDENTIAL_SHOP: server.login, GIT_CREDENTIAL_WRONG: 'robot:not-this-one' },
    });
    trees = gitTrees({ dataDirectory: app.dataDirectory, env: process.env, protocols: ['http'] });
    const files = { 'etl/meltano.yml': manifest(3), 'etl/.gitattributes': '* filter=evil\n' };
    first = await server.commit(files, 'main', { 'etl/secret': '/etc/passwd' });
    const git = { url: server.url, ref: 'main', subdirectory: 'etl', credential: 'env:GIT_CREDENTIAL_SHOP' };
    await done(app, 'createProject', { name: 'shop', source: { git } }, 'project { manifestMode }');
    await synced(first);
    id = (await app.app.store.projects.byName('shop'))?.id ?? '';
  });
  afterAll(async () => {
    await app.stop();
    await server.stop();
  });

  async function source(): Promise<Source> {
    const { project } = await app.query<{ project: { source: Source } }>(
      '{ project(ref: "shop") { source { commit problem requestedAt syncedAt checkedAt } } }',
    );
    return project.source;
  }
  const synced = (commit: string): Promise<unknown> =>
    waitFor('the commit', async () => ((await source()).commit === commit ? true : null));
  const problem = (): Promise<string> => waitFor('the problem', async () => (await source()).problem);
  const jobs = async (): Promise<string[]> => {
    const query = '{ project(ref: "shop") { environment(name: "dev") { jobs { nodes { name } } } } }';
    type Read = { project: { environment: { jobs: { nodes: { name: string }[] } } } };
    return (await app.query<Read>(query)).project.environment.jobs.nodes.map(({ name }) => name);
  };
  const commitOf = async (run: { id: string }): Promise<unknown> =>
    app.query('query ($id: ID!) { node(id: $id) { ... on Run { commit } } }', { id: run.id });

  test('is as its commit says, and its runs execute in the files of it', async () => {
    expect(await source()).toEqual({
      commit: first,
      problem: null,
      requestedAt: null,
      syncedAt: expect.any(String) as string,
      checkedAt: expect.any(String) as string,
    });
    expect(await jobs()).toEqual(['numbers']);
    const run = await runToEnd(app, 'runJob', { job: 'shop/dev/numbers' });
    expect(run).toMatchObject({ status: 'SUCCEEDED', errorMessage: null });
    expect(await commitOf(run)).toEqual({ node: { commit: first } });
    expect(run.metrics.nodes).toContainEqual(expect.objectContaining({ name: 'record_count', value: 3 }));
    // The plugins were installed before, once for all commits with the same.
    const plugins = await readdir(join(app.dataDirectory, 'git', id, 'plugins'));
    expect(plugins).toHaveLength(1);
    await access(
      join(app.dataDirectory, 'git', id, 'plugins', plugins[0] ?? '', '.meltano-graphql-installed'),
    );
  });

  test('has no link and no program of the repository executed', async () => {
    const directory = join(trees.pathOf(id, first), 'etl');
    expect((await lstat(join(directory, 'secret'))).isSymbolicLink()).toBe(false);
    expect(await readFile(join(directory, 'secret'), 'utf8')).toBe('/etc/passwd');
    expect(await readdir(trees.pathOf(id, first))).toEqual(['etl']);
  });

  test('is only changed by commits', async () => {
    const { project } = await app.query<{
      project: { manifestMode: string; manifest: { findings: object[] } };
    }>('{ project(ref: "shop") { manifestMode manifest { text findings { severity message } } } }');
    expect(project.manifestMode).toBe('READ_ONLY');
    expect(project.manifest.findings.filter((one) => 'severity' in one && one.severity === 'ERROR')).toEqual(
      [],
    );
    const update = await refused(app, 'updateProject', { project: 'shop', defaultEnvironment: 'dev' });
    expect(update).toMatchObject({ __typename: 'Conflict' });
    const apply = await refused(app, 'applyProject', { project: 'shop', planEtag: 'x' });
    expect(apply.message).toContain('comes from a repository');
    await refused(app, 'putProjectFile', { project: 'shop', path: 'a.sql', text: '' });
  });

  test('follows its branch when it is asked to, while earlier runs have the files of their commit', async () => {
    const input = { job: 'shop/dev/numbers', delaySeconds: 3600, fullRefresh: true };
    const { run } = await done<{ run: { id: string } }>(app, 'runJob', input, 'run { id }');
    const second = await server.commit({ 'etl/meltano.yml': manifest(5, 'digits') });
    await done(app, 'syncProject', { project: 'shop' }, 'project { source { requestedAt } }');
    await synced(second);
    expect(await jobs()).toEqual(['digits']);
    const next = await runToEnd(app, 'runJob', { job: 'shop/dev/digits', fullRefresh: true });
    expect(next).toMatchObject({ status: 'SUCCEEDED' });
    expect(await commitOf(next)).toEqual({ node: { commit: second } });
    expect(next.metrics.nodes).toContainEqual(expect.objectContaining({ name: 'record_count', value: 5 }));
    // An attempt that a policy makes is of the same blocks, and so of the same files, whatever the project is at.
    const { prisma, transaction } = app.app.store;
    const where = { id: storeId(next.id) };
    await prisma.run.update({ where, data: { commit: first } });
    const again = { id: (await transaction((tx) => tx.retries.make(where, {}, 3_600_000))) ?? '' };
    expect(await prisma.run.findUnique({ where: again })).toMatchObject({ commit: first });
    await prisma.run.delete({ where: again });
    // A tree stays for as long as a run needs it.
    await tidy(app.app.store, trees, 0);
    expect(await Promise.all([first, second].map((commit) => trees.has(id, commit)))).toEqual([true, true]);
    expect(await commitOf(run)).toEqual({ node: { commit: first } });
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    await tidy(app.app.store, trees, 0);
    expect(await Promise.all([first, second].map((commit) => trees.has(id, commit)))).toEqual([false, true]);
  });

  test('a run fetches what is not there, and says why it cannot', async () => {
    await rm(join(app.dataDirectory, 'git', id), { recursive: true });
    const job = { job: 'shop/dev/digits', fullRefresh: true };
    server.setUp(false);
    const lost = await runToEnd(app, 'runJob', job);
    expect(lost).toMatchObject({ status: 'FAILED', endReason: 'NOT_STARTED' });
    expect(lost.errorMessage).toMatch(/the commit [0-9a-f]{40} cannot be had from the repository: /);
    server.setUp(true);
    const retried = await runToEnd(app, 'retryRun', { run: lost.id });
    expect(retried).toMatchObject({ status: 'SUCCEEDED' });
    expect((await linesOf(app, retried.id)).length).toBeGreaterThan(0);
  });

  test('stays as it was when a commit is wrong, and says what is', async () => {
    await server.commit({ 'etl/meltano.yml': 'plugins: 7\n' }, 'broken');
    const change = (git: object): Promise<unknown> =>
      done(app, 'updateProject', { project: 'shop', source: { git } }, 'isChanged');
    await change({ ref: 'broken' });
    expect(await problem()).toContain('meltano.yml');
    expect(await jobs()).toEqual(['digits']);
    await change({ ref: 'none-of-this-name' });
    await waitFor('the ref', async () => ((await problem()).includes('no branch and no tag') ? true : null));
    await change({ ref: 'main', subdirectory: 'elsewhere' });
    await waitFor('it', async () =>
      (await problem()).includes('no meltano.yml in elsewhere') ? true : null,
    );
    await change({ subdirectory: 'etl', credential: 'env:GIT_CREDENTIAL_NONE' });
    await waitFor('it', async () =>
      (await problem()).includes('GIT_CREDENTIAL_NONE is not set') ? true : null,
    );
    await change({ credential: 'env:GIT_CREDENTIAL_WRONG' });
    await waitFor('it', async () => (/Authentication|could not read/.test(await problem()) ? true : null));
    await change({ credential: 'env:GIT_CREDENTIAL_SHOP', pollSeconds: 10 });
    await waitFor('the end of the problem', async () => ((await source()).problem === null ? true : null));
    // It is looked at by itself from now on.
    const third = await server.commit({ 'etl/meltano.yml': manifest(1, 'polled') });
    const { store } = app.app;
    await store.prisma.projectSource.updateMany({ data: { nextSyncAt: new Date(0) } });
    await synced(third);
    expect(await jobs()).toEqual(['polled']);
    const row = await store.projectSources.of(id);
    expect((row?.nextSyncAt?.getTime() ?? 0) - (row?.checkedAt?.getTime() ?? 0)).toBe(10_000);
  });

  test('shows its credential nowhere', async () => {
    const encoded = Buffer.from(server.login).toString('base64');
    const everything = JSON.stringify([await tableTexts(app.app.store), app.logged]);
    for (const secret of ['pass-word-of-git', 'not-this-one', encoded])
      expect(everything).not.toContain(secret);
  });

  test('is gone from the disk when it is purged', async () => {
    await done(app, 'deleteProject', { project: 'shop', force: true }, 'project { id }');
    const { store } = app.app;
    await tidy(store, trees, 0);
    await access(join(app.dataDirectory, 'git', id));
    await store.prisma.projectSource.deleteMany({});
    await tidy(store, trees, 0);
    await expect(access(join(app.dataDirectory, 'git', id))).rejects.toThrow('ENOENT');
  });
});
