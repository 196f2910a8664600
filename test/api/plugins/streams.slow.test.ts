import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { importAgain } from '../../kit/data/projects.ts';
import { ask, linesOf, runEnded, runToEnd } from '../../kit/verbs/runs.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';

interface CatalogFacts {
  isStale: boolean;
  selectPatterns: string[];
  environment: { name: string };
  run: { id: string } | null;
  streams: { totalCount: number; nodes: StreamFacts[] };
}

interface StreamFacts {
  name: string;
  isSelected: boolean;
  properties: { name: string; selection: string }[];
}

/** What is known of an extractor's streams. */
async function catalogOf(app: TestApp, path: string, plugin: string): Promise<CatalogFacts | null> {
  const [project] = path.split('/');
  type Answer = { project: { plugins: { nodes: { name: string; catalog: CatalogFacts | null }[] } } };
  const answer = await app.query<Answer>(
    `query ($project: ID!, $environment: ID!) { project(ref: $project) { plugins { nodes { name
      catalog(environment: $environment) { isStale selectPatterns environment { name } run { id }
        streams { totalCount nodes { name isSelected properties { name selection } } } } } } } }`,
    { project, environment: path },
  );
  return answer.project.plugins.nodes.find(({ name }) => name === plugin)?.catalog ?? null;
}

describeWithMeltano('streams by the real Meltano', () => {
  let app: TestApp;
  let sample: Sample;
  /** Replaces a text in `meltano.yml`. */
  let edit: (text: string, replacement: string) => Promise<void>;
  beforeAll(async () => {
    sample = await copySample();
    const file = join(sample.project.directory, 'meltano.yml');
    edit = async (text, replacement) => {
      const content = await readFile(file, 'utf8');
      expect(content).toContain(text);
      await writeFile(file, content.replace(text, replacement));
    };
    const kiosk =
      "    - name: tap-kiosk\n      inherit_from: tap-till\n      select: [sales.*, '!sales.price']\n";
    await edit('\n  loaders:\n', `\n${kiosk}  loaders:\n`);
    app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 2 });
  });
  afterAll(async () => {
    await app.stop();
    await sample.remove();
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
  const discover = (more: object = {}) =>
    runToEnd(app, 'discoverStreams', {
      plugin: 'demo/extractors/tap-kiosk',
      environment: 'demo/dev',
      ...more,
    });
  const catalog = () => catalogOf(app, 'demo/dev', 'tap-kiosk');

  test('are listed with their properties and the selection of each, and not in the log', async () => {
    expect(await catalog()).toBeNull();
    const run = await discover();
    expect(run).toMatchObject({ status: 'SUCCEEDED', endReason: 'COMPLETED', errorMessage: null });
    const found = await catalog();
    expect(found).toMatchObject({
      ...{ isStale: false, selectPatterns: ['sales.*', '!sales.price'] },
      ...{ environment: { name: 'dev' }, run: { id: run.id } },
      streams: { totalCount: 1, nodes: [{ name: 'sales', isSelected: true }] },
    });
    const properties = found?.streams.nodes[0]?.properties ?? [];
    expect(properties.map(({ name, selection }) => `${name} ${selection}`)).toEqual([
      ...['cashier SELECTED', 'id AUTOMATIC', 'item SELECTED', 'price EXCLUDED', 'sold_at SELECTED'],
    ]);
    const text = (await linesOf(app, run.id)).map(({ message }) => message).join('\n');
    expect(text).toContain('Running catalog discovery');
    expect(text).not.toContain('sold_at');
    expect(await catalogOf(app, 'demo/prod', 'tap-kiosk')).toBeNull();
  });

  test('are replaced as a whole by the next discovery, whose variables hold for it', async () => {
    const env = [{ name: 'TAP_KIOSK__SELECT', value: '["!*.*"]' }];
    const run = await discover({ refreshCatalog: true, env });
    expect(await catalog()).toMatchObject({
      ...{ selectPatterns: ['!*.*'], run: { id: run.id } },
      streams: { totalCount: 1, nodes: [{ isSelected: false }] },
    });
  });

  test('are stale while the configuration is another, be it an inherited one or that of the environment', async () => {
    const whenEdited = async (text: string, replacement: string): Promise<(boolean | undefined)[]> => {
      const seen: (boolean | undefined)[] = [];
      for (const [from, to] of [
        [text, replacement],
        [replacement, text],
      ] as const) {
        await edit(from, to);
        await importAgain(app, sample.project.directory, 'demo');
        seen.push((await catalog())?.isStale);
      }
      return seen;
    };
    expect(await whenEdited("'!sales.price'", "'!sales.item'")).toEqual([true, false]);
    expect(await whenEdited('delay: 0.2', 'delay: 0.3')).toEqual([true, false]);
    expect(
      await whenEdited('capabilities: [catalog, discover, state]', 'capabilities: [catalog, discover]'),
    ).toEqual([true, false]);
    // That of another environment.
    expect(await whenEdited('rows: 60', 'rows: 61')).toEqual([false, false]);
  });

  test('stay as they were when a discovery fails, which says why and can be retried', async () => {
    const before = await catalog();
    await edit(
      'tap-kiosk\n      inherit_from: tap-till',
      'tap-kiosk\n      inherit_from: tap-till\n      executable: bin/none.py',
    );
    const run = await discover();
    expect(run).toMatchObject({ status: 'FAILED', endReason: 'EXITED' });
    expect(run.errorMessage).toContain('Could not find catalog');
    expect(await catalog()).toEqual(before);
    const retried = await ask(app, 'retryRun', { run: run.id });
    expect(retried).toMatchObject({ command: 'tap-kiosk' });
    await runEnded(app, retried.id);
  });
});
