import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithChromium, launchChromium, resultIn } from '../kit/chromium.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';

describeWithChromium('GraphiQL of a gateway that asks for a token', () => {
  let sample: Sample;
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  /** Errors in the console or in the page, but for the requests that came without the token. */
  const complaints: string[] = [];

  beforeAll(async () => {
    sample = await copySample();
    [app, browser] = await Promise.all([
      startTestApp({ projects: [sample.project], apiToken: token }),
      launchChromium(),
    ]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
    await sample.remove();
  });

  const dialog = () => page.locator('#token-dialog');
  const result = () => resultIn(page);
  const give = async (text: string): Promise<void> => {
    await dialog().getByLabel('Token of this gateway').fill(text);
    await dialog().getByRole('button', { name: 'Send' }).click();
  };

  test('asks for it, and again when it is wrong', async () => {
    await page.goto(app.url);
    await dialog().getByText('This gateway asks for its token.').waitFor();
    await give('x'.repeat(40));
    await dialog().getByText('This is not the token of this gateway.').waitFor();
    await give(`${token} `);
    await dialog().waitFor({ state: 'detached' });
  });

  test('then has the schema and the data', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Mutation', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    await page.getByRole('button', { name: /Execute query/ }).click();
    await waitFor('the project', async () => (await result()).includes('"name": "demo"'));
    expect(complaints).toEqual([]);
  });

  test('keeps it in the tab, and nowhere else', async () => {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.reload();
    expect((await answered).status()).toBe(200);
    expect(await dialog().count()).toBe(0);
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, document.cookie, location.href])');
    expect(kept).not.toContain(token);
    const other = await page.context().newPage();
    await other.goto(app.url);
    await other.locator('#token-dialog').waitFor();
    await other.close();
    expect(complaints).toEqual([]);
  });

  test('sends it with subscriptions, too', async () => {
    const tab = page.getByRole('tab').filter({ hasText: 'FollowLog' });
    await tab.getByRole('button', { name: 'FollowLog', exact: true }).click();
    await waitFor('the tab', async () => (await tab.getAttribute('aria-selected')) === 'true');
    const answered = page.waitForResponse(
      (response) => response.request().headers().accept?.includes('text/event-stream') ?? false,
    );
    await page.getByRole('button', { name: /Execute query/ }).click();
    expect((await answered).status()).toBe(200);
  });

  test('runs no script but its own, and no text as a script', async () => {
    const answer = await page.request.get(app.url, { headers: { accept: 'text/html' } });
    const policy = answer.headers()['content-security-policy'];
    expect(policy).toMatch(/; script-src 'nonce-[^']+';/);
    expect(policy).not.toContain('unsafe-eval');
  });
});
