import { existsSync } from 'node:fs';
import { chromium as playwright, type Browser } from 'playwright-core';
import { describe } from 'vitest';

/** The Chromium to test with: `CHROMIUM`, or where Debian's package puts it; null when there is none. */
export const chromium: string | null =
  [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path !== undefined && existsSync(path),
  ) ?? null;

/** `describe` for what runs in a real browser. The test set-up says loudly when it cannot. */
export const describeWithChromium = describe.skipIf(chromium === null);

/** Starts the browser without a window, and without anything that it asks for on its own account. */
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
