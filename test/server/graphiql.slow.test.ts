import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { graphiqlTabs } from '../../src/server/graphiql/tabs.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { sendRaw } from '../kit/http.ts';

let sample: Sample;
let directory: string;
beforeAll(async () => {
  [sample, directory] = await Promise.all([
    copySample(),
    mkdtemp(join(tmpdir(), 'meltano-graphql-graphiql-')),
  ]);
});
afterAll(() => Promise.all([sample.remove(), rm(directory, { recursive: true })]));

/** The page, as a browser asks for it, and the operations that it opens with. */
async function open(app: TestApp): Promise<{ html: string; tabs: string[] }> {
  const response = await fetch(app.url, { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  const html = await response.text();
  const [, options = '{}'] = /<script type="application\/json" id="options">(.*)<\/script>/.exec(html) ?? [];
  const { defaultTabs } = JSON.parse(options) as { defaultTabs: { query: string }[] };
  return { html, tabs: defaultTabs.map(({ query }) => query) };
}

async function withProject<T>(manifest: string | null, work: (app: TestApp) => Promise<T>): Promise<T> {
  if (manifest !== null) await writeFile(join(directory, 'meltano.yml'), manifest);
  const app = await startTestApp({ projects: manifest === null ? [] : [{ name: 'p', directory }] });
  return work(app).finally(() => app.stop());
}

const project = (environment: string, job: string): string =>
  JSON.stringify({
    default_environment: environment,
    environments: [{ name: 'other' }, { name: environment }],
    plugins: { utilities: [{ name: 'tool', namespace: 'tool', executable: 'tool', commands: { go: 'go' } }] },
    jobs: [
      { name: job, tasks: ['tool:go'] },
      { name: 'a-second-one', tasks: ['tool:go'] },
    ],
  });

/** The paths that the tabs are about, by the names of the tabs. */
function namedIn(tabs: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (const tab of tabs) {
    expect(validate(schema, parse(tab))).toEqual([]);
    const [, name = ''] = /^(?:query|mutation|subscription) (\w+)/m.exec(tab) ?? [];
    const [, path] = /(?:job|run|ref|state|environment): "([^"]*)"/.exec(tab) ?? [];
    if (path !== undefined) named[name] = path;
  }
  return named;
}

/** The same for tabs of which each is about one job. */
function about(environment: string, name: string, state: string): Record<string, string> {
  const job = `${environment}/${name}`;
  return {
    ...{ RunJob: job, FollowLog: job, RunResult: job, CancelRun: job, RetryRun: job },
    CopyState: `${environment}/${state}`,
    ...{ PauseSchedules: environment, ResumeSchedules: environment },
  };
}

test('opens on the first job of the sample project', async () => {
  const app = await startTestApp({ projects: [sample.project] });
  const { tabs } = await open(app).finally(() => app.stop());
  expect(namedIn(tabs)).toEqual(about('demo/dev', 'sales', 'dev:tap-till-to-target-files'));
});

test('says which state an environment with a suffix keeps', async () => {
  const app = await startTestApp({ projects: [sample.project] });
  try {
    await app.query(
      'mutation { deleteEnvironment(input: { environment: "demo/dev", force: true }) { __typename } }',
    );
    const { tabs } = await open(app);
    const state = 'prod:tap-till-to-target-files:main-street';
    expect(namedIn(tabs)).toEqual(about('demo/prod', 'sales', state));
  } finally {
    await app.stop();
  }
});

test("opens on the first job of one's own project, in its default environment", async () => {
  const { tabs } = await withProject(project('prod', 'load'), open);
  expect(namedIn(tabs)).toEqual(about('p/prod', 'load', 'state-id'));
});

test('says what to fill in where there is no job', async () => {
  for (const manifest of [null, JSON.stringify({ environments: [{ name: 'dev' }] })]) {
    const { tabs } = await withProject(manifest, open);
    const named = namedIn(tabs);
    expect(named).toEqual(about('project/environment', 'job', 'state-id'));
    const hints = tabs.filter((tab) => tab.includes('# Write the path of a '));
    expect(Object.keys(namedIn(hints))).toEqual(Object.keys(named));
  }
});

test('lists what failed since the evening before, however long ago midnight was', () => {
  const sinceAt = (now: string): string | undefined =>
    graphiqlTabs(null, new Date(now)).flatMap((tab) => /endedSince: "([^"]*)"/.exec(tab)?.[1] ?? [])[0];
  expect(sinceAt('2026-03-01T00:00:00Z')).toBe('2026-02-28T18:00:00Z');
  expect(sinceAt('2026-03-01T23:59:59Z')).toBe('2026-02-28T18:00:00Z');
});

test('lets no name out of its place in the page', async () => {
  const { html, tabs } = await withProject(project('a<', 'script><img src=x onerror=alert(1)>'), open);
  expect(namedIn(tabs).RunJob).toBe('project/environment/job');
  expect(html).not.toContain('<img src=x');
});

test('loads its files compressed, and none that the browser still has', async () => {
  const app = await startTestApp({ projects: [sample.project] });
  const get = (path: string, headers: Record<string, string> = {}) =>
    sendRaw(new URL(path, app.url).href, { method: 'GET', headers });
  try {
    const page = await get(app.url, { accept: 'text/html' });
    const names = [...page.body.matchAll(/(?:href|src)="(graphql\/[^"]*)"/g)].map(([, name = '']) => name);
    expect(names).toEqual(['graphql/graphiql.css', 'graphql/graphiql.js']);
    for (const name of names) {
      const { status, headers } = await get(name, { 'accept-encoding': 'br, gzip' });
      expect([status, headers['x-content-type-options']]).toEqual([200, 'nosniff']);
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers['cache-control']).toContain('no-cache');
      expect(Number(headers['content-length'])).toBeLessThan(3_000_000);
      const again = await get(name, { 'if-none-match': String(headers.etag) });
      expect([again.status, again.body]).toEqual([304, '']);
    }
    // Without compression they are the same, and whole.
    for (const name of names) {
      const plain = await get(name, { 'accept-encoding': 'gzip;q=0' });
      expect(plain.headers).not.toHaveProperty('content-encoding');
      const unpacked = await fetch(new URL(name, app.url));
      expect(unpacked.headers.get('content-encoding')).toBe('gzip');
      expect((await unpacked.text()) === plain.body).toBe(true);
    }
    expect((await get('graphql/constructor')).status).toBe(404);
  } finally {
    await app.stop();
  }
});
