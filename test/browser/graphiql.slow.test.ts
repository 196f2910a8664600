import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithChromium, launchChromium, resultIn } from '../kit/chromium.ts';
import { describeWithMeltano, meltano } from '../kit/meltano/meltano.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';

const artifacts = fileURLToPath(new URL('../.artifacts/', import.meta.url));
/** With `README_PICTURE=1` the picture in the README is made anew. */
const picture =
  process.env.README_PICTURE === '1' ? fileURLToPath(new URL('graphiql.png', import.meta.url)) : null;

describeWithChromium('GraphiQL in Chromium', () => {
  let sample: Sample;
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  /** Everything that must not be: requests to other places, errors in the console or in the page. */
  const complaints: string[] = [];

  beforeAll(async () => {
    sample = await copySample();
    [app, browser] = await Promise.all([
      startTestApp({ projects: [sample.project], meltano: meltano ?? '/nonexistent/meltano', slots: 1 }),
      launchChromium(),
      mkdir(artifacts, { recursive: true }),
    ]);
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const { origin } = new URL(app.url);
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== 'data:') complaints.push(`request: ${url.href}`);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  });
  // What a test that fails has seen is there to look at.
  afterEach(async ({ task }) => {
    await page.screenshot({ path: `${artifacts}graphiql-${task.name.replaceAll(/\W+/g, '-')}.png` });
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
    await sample.remove();
  });

  const result = () => resultIn(page);

  async function openTab(name: string): Promise<void> {
    const tab = page.getByRole('tab').filter({ hasText: name });
    await tab.getByRole('button', { name, exact: true }).click();
    await waitFor(`tab ${name}`, async () => (await tab.getAttribute('aria-selected')) === 'true');
  }

  async function press(): Promise<void> {
    const button = page.getByRole('button', { name: /Execute query/ });
    await button.click();
    // GraphiQL learns the operation's name a moment after a tab was opened, and until then says this.
    const tooEarly = 'Cannot infer operation';
    await waitFor('the operation', async () => {
      const shown = await result();
      if (!shown.includes(tooEarly)) return shown !== '';
      await button.click();
      return false;
    });
  }

  const resultWith = (text: string): Promise<string> =>
    waitFor(`a result with ${text}`, async () => {
      const shown = await result();
      return shown.includes(text) && shown;
    });

  test('opens on its tabs, with nothing from elsewhere and without errors', async () => {
    await page.goto(app.url);
    await page.getByRole('tab').first().waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual([
      'ProjectTree',
      'RunJob',
      'FollowLog',
      'RunResult',
    ]);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('reads the project tree', async () => {
    await press();
    const shown = await resultWith('"data"');
    expect(shown).toContain('"name": "demo"');
    expect(shown).toContain('"name": "dev"');
    expect(shown).toContain('"path": "demo/dev/');
    expect(shown).not.toContain('errors');
    expect(complaints).toEqual([]);
  });

  test('knows the schema: its documentation lists the mutations', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Mutation', exact: true }).click();
    await page.getByRole('link', { name: 'runJob', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    expect(complaints).toEqual([]);
  });

  describeWithMeltano('with the real Meltano', () => {
    const newestRun = async (): Promise<{ endedAt: string | null; job: { path: string } } | undefined> => {
      const { project } = await app.query<{
        project: { runs: { nodes: { endedAt: string | null; job: { path: string } }[] } };
      }>('{ project(ref: "demo") { runs(first: 1) { nodes { endedAt job { path } } } } }');
      return project.runs.nodes[0];
    };

    test('starts a run', async () => {
      await openTab('RunJob');
      await press();
      const shown = await resultWith('"status"');
      expect(shown).toContain('"status": "QUEUED"');
      expect(shown).toContain('"command": "tap-till target-files"');
      expect(await newestRun()).toMatchObject({ job: { path: 'demo/dev/sales' } });
      expect(complaints).toEqual([]);
    });

    test('shows its lines as they come', async () => {
      await openTab('FollowLog');
      await press();
      // Each event takes the place of the one before, so of lines that come together the last one stays.
      const sequences = new Set<number>();
      await waitFor('the last line of the run', async () => {
        const shown = await result();
        sequences.add(Number(/"sequence": (\d+)/.exec(shown)?.[1] ?? 0));
        return shown.includes('"message": "Run completed"');
      });
      expect(sequences.size).toBeGreaterThan(5);
      expect([...sequences]).toEqual([...sequences].sort((a, b) => a - b));
      expect(complaints).toEqual([]);
    });

    test('shows what the run has left', async () => {
      await waitFor('the end of the run', async () => (await newestRun())?.endedAt);
      await openTab('RunResult');
      await press();
      const shown = await resultWith('"blocks"');
      expect(shown).toContain('"status": "SUCCEEDED"');
      expect(shown).toContain('"exitCode": 0');
      expect(shown).toContain('"command": "tap-till target-files"');
      expect(shown).toContain('"dev:tap-till-to-target-files"');
      expect(shown).toContain('"replication_key_value": 20');
      // Away from what has a hint of its own.
      await page.mouse.move(640, 790);
      if (picture !== null) await page.screenshot({ path: picture });
      expect(complaints).toEqual([]);
    });
  });
});
