import { existsSync } from 'node:fs';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { describe } from 'vitest';

/** The Chromium for tests: `CHROMIUM`, or the path of Debian's package; null when there is none. */
export const chromium: string | null =
  [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path !== undefined && existsSync(path),
  ) ?? null;

/**
 * `describe` for tests in a real browser. Without a browser they are skipped, and the test set-up reports it.
 */
export const describeWithChromium = describe.skipIf(chromium === null);

/** Starts the browser without a window, and without the network requests that it makes by itself. */
export async function launchChromium(): Promise<Browser> {
  if (chromium === null) throw new Error('There is no Chromium.');
  return playwright.launch({
    executablePath: chromium,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What GraphiQL's result pane shows: the lines that are in sight. */
export async function resultIn(page: Page): Promise<string> {
  const lines = page.locator('.result-window .view-lines .view-line');
  // The editor puts lines in sight anywhere among the others.
  const shown = await lines.evaluateAll((found) =>
    (found as HTMLElement[])
      .map((line) => ({ top: line.offsetTop, text: line.innerText }))
      .toSorted((a, b) => a.top - b.top)
      .map(({ text }) => text),
  );
  return shown.join('\n').replaceAll('\u00a0', ' ');
}
