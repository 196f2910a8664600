import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithChromium, launchChromium, resultIn } from '../kit/chromium.ts';
import { describeWithMeltano, meltano } from '../kit/meltano/meltano.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';

const tabs = [
  ...['ProjectTree', 'RunsNow', 'FailedRuns', 'RunsNext'],
  ...['RunJob', 'FollowLog', 'RunResult', 'CancelRun', 'RetryRun'],
  ...['CopyState', 'PauseSchedules', 'ResumeSchedules'],
];

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

  /** Runs the operation of the open tab, or stops it. */
  async function press(): Promise<void> {
    await page.getByRole('button', { name: /(?:Execute|Stop) query/ }).click();
  }

  /** Runs the operation of a tab, and gives its result when it has a text. */
  async function run(name: string, text: string): Promise<string> {
    await openTab(name);
    await press();
    const shown = await resultWith(text);
    expect(shown).not.toContain('"errors"');
    expect(complaints).toEqual([]);
    return shown;
  }

  // A long line is shown as several.
  const resultWith = (text: string): Promise<string> =>
    waitFor(`a result with ${text}`, async () => {
      const shown = await result();
      return shown.replaceAll(/\s+/g, ' ').includes(text) && shown;
    });

  test('opens on its tabs, with nothing from elsewhere and without errors', async () => {
    await page.goto(app.url);
    await page.getByRole('tab').first().waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(tabs);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('reads the project tree', async () => {
    const shown = await run('ProjectTree', '"data"');
    expect(shown).toContain('"name": "demo"');
    expect(shown).toContain('"name": "dev"');
    expect(shown).toContain('"path": "demo/dev/');
  });

  test('says what runs now, what failed, and what runs next', async () => {
    await run('RunsNow', '"nodes": []');
    await run('FailedRuns', '"nodes": []');
    expect(await run('RunsNext', '"dueAt"')).toContain('"path": "demo/dev/');
  });

  test('pauses and resumes schedules', async () => {
    await run('PauseSchedules', '"itemCount": 2');
    await run('ResumeSchedules', '"itemCount": 2');
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
      const shown = await run('RunJob', '"status"');
      expect(shown).toContain('"status": "QUEUED"');
      expect(shown).toContain('"command": "tap-till target-files"');
      expect(await newestRun()).toMatchObject({ job: { path: 'demo/dev/sales' } });
    });

    const linesIn = (shown: string): number => shown.split('"message":').length - 1;

    test('follows its log line by line, until it is stopped', async () => {
      await openTab('FollowLog');
      await press();
      const some = await waitFor('some lines', async () => {
        const shown = await result();
        return linesIn(shown) > 3 && shown;
      });
      expect(some).toContain('"data.runLogs.node": [');
      expect(some).toMatch(/^ {4}\{ "level": "INFO", "plugin": /m);
      await press();
      await page.getByRole('button', { name: 'Execute query' }).waitFor();
      const stopped = await result();
      await waitFor('the end of the run', async () => (await newestRun())?.endedAt);
      expect(await result()).toBe(stopped);
      expect(stopped).not.toContain('completed"');
      expect(complaints).toEqual([]);
    });

    test('shows the last lines of a log that has ended, and its end', async () => {
      const shown = await run('FollowLog', '"message": "Run completed"');
      // Those before are above: the editor draws what is in sight alone.
      expect(linesIn(shown)).toBeGreaterThan(5);
      await page.getByRole('button', { name: 'Execute query' }).waitFor();
    });

    test('shows what the run has left', async () => {
      const shown = await run('RunResult', '"blocks"');
      expect(shown).toContain('"status": "SUCCEEDED"');
      expect(shown).toContain('"exitCode": 0');
      expect(shown).toContain('"command": "tap-till target-files"');
      expect(shown).toContain('"dev:tap-till-to-target-files"');
      expect(shown).toContain('"replication_key_value": 20');
      // Away from what has a hint of its own.
      await page.mouse.move(640, 790);
      if (picture !== null) await page.screenshot({ path: picture });
    });

    test('copies its state', async () => {
      expect(await run('CopyState', '"path"')).toContain('"path": "demo/dev/kept"');
    });

    test('cancels a run, says that it did not succeed, and retries it', async () => {
      await run('RunJob', '"QUEUED"');
      await run('RunsNow', '"demo/dev/sales"');
      await run('CancelRun', '"status": "CANCELL');
      await waitFor('the end of the run', async () => (await newestRun())?.endedAt);
      expect(await run('RetryRun', '"status"')).toContain('"attempt": 2');
      await run('CancelRun', '"status": "CANCELL');
      await waitFor('the end of the run', async () => (await newestRun())?.endedAt);
      expect(await run('RunJob', '"run"')).toContain('"QUEUED"');
      await run('CancelRun', '"status": "CANCELL');
    });
  });

  test('names each button by what it does, and prints no names of its own code', async () => {
    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    const buttons = page.locator('button:visible');
    for (const button of await buttons.all())
      expect(await button.evaluate((one) => one.ariaLabel ?? one.textContent)).not.toBe('');
    expect(await page.getByRole('button', { name: 'Close Dialog' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    expect(await page.locator('svg > title').count()).toBe(0);
    const closing = page.getByRole('button', { name: 'Close Tab' });
    expect(await closing.allTextContents()).toEqual(await closing.all().then((all) => all.map(() => '')));
  });

  describe('its theme', () => {
    const light = { page: 'rgb(255, 255, 255)', text: 'rgb(0, 0, 0)', native: 'light' };
    const dark = { page: 'rgb(33, 42, 59)', text: 'rgb(212, 212, 212)', native: 'dark' };

    /** The colors of the page, of the text of both editors, and of what the browser draws itself. */
    const colors = (): Promise<typeof light & { result: string }> =>
      page.evaluate(() => {
        const of = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body);
        const probe = document.createElement('div');
        probe.style.color = 'light-dark(red, blue)';
        document.body.append(probe);
        const native = getComputedStyle(probe).color === 'rgb(255, 0, 0)' ? 'light' : 'dark';
        probe.remove();
        return {
          page: of('.graphiql-container').backgroundColor,
          text: of('.graphiql-query-editor .monaco-editor').color,
          result: of('.result-window .monaco-editor').color,
          native,
        };
      });
    const becomes = (wanted: typeof light): Promise<void> =>
      expect.poll(colors).toEqual({ ...wanted, result: wanted.text });
    const choose = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Open settings dialog' }).click();
      await page.getByRole('button', { name, exact: true }).click();
      await page.keyboard.press('Escape');
    };
    const reload = async (): Promise<void> => {
      await page.reload();
      await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    };

    test('follows the system as long as none is chosen, also while it is open', async () => {
      await becomes(light);
      await page.emulateMedia({ colorScheme: 'dark' });
      await becomes(dark);
      await page.emulateMedia({ colorScheme: 'light' });
      await becomes(light);
    });

    test('is what was chosen, whole and also after a reload, until the system is followed again', async () => {
      await choose('Dark');
      await becomes(dark);
      await reload();
      await becomes(dark);
      await page.emulateMedia({ colorScheme: 'dark' });
      await choose('Light');
      await becomes(light);
      await reload();
      await becomes(light);
      await choose('System');
      await becomes(dark);
      await reload();
      await becomes(dark);
      await page.emulateMedia({ colorScheme: 'light' });
      await becomes(light);
      expect(complaints).toEqual([]);
    });

    test('keeps the tab that was open', async () => {
      await openTab('CopyState');
      await page.waitForURL(/CopyState/);
      await reload();
      expect(await page.getByRole('tab').allInnerTexts()).toEqual(tabs);
      const open = page.locator('[role=tab][aria-selected=true]');
      expect(await open.innerText()).toBe('CopyState');
      await expect
        .poll(async () => page.locator('.graphiql-query-editor .view-lines').innerText())
        .toContain('CopyState');
    });
  });
});
