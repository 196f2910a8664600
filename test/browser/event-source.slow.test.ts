import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithChromium, launchChromium } from '../kit/chromium.ts';
import { numbers } from '../kit/data/sample.ts';
import { seeder, type Seeder } from '../kit/data/seed.ts';
import { waitFor } from '../kit/wait.ts';

const count = 79;

describeWithChromium("a browser's EventSource", () => {
  let app: TestApp;
  let seed: Seeder;
  let project: string;
  let proxy: Server;
  const sockets = new Set<Socket>();
  let browser: Browser;
  let page: Page;
  let url: URL;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startTestApp(), launchChromium()]);
    seed = seeder(app.app.store);
    project = await seed.project({ name: 'alpha' });
    const { port } = new URL(app.url);
    proxy = createServer((socket) => {
      const onward = connect(Number(port), '127.0.0.1');
      sockets.add(socket);
      for (const one of [socket, onward]) one.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
      socket.on('close', () => onward.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    url = new URL(app.url);
    url.port = String((proxy.address() as AddressInfo).port);
    page = await browser.newPage();
    await page.goto(url.href);
  });
  afterAll(async () => {
    await browser.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await app.stop();
  });

  /** Follows the log of a run, as a page does. */
  async function follow(
    run: string,
  ): Promise<() => Promise<{ lines: number[]; opened: number; state: number }>> {
    const query = `subscription { runLogs(run: "${encodeGlobalId({ type: 'Run', id: run })}") { node { sequence } } }`;
    const name = `followed_${run.replaceAll('-', '')}`;
    await page.evaluate(
      `{
        const source = new EventSource('/graphql?query=' + encodeURIComponent(${JSON.stringify(query)}));
        const seen = (window.${name} = { source, lines: [], opened: 0 });
        source.addEventListener('open', () => (seen.opened += 1));
        source.addEventListener('next', ({ data }) => seen.lines.push(JSON.parse(data).data.runLogs.node.sequence));
      }`,
    );
    return () =>
      page.evaluate(
        `(({ source, lines, opened }) => ({ lines, opened, state: source.readyState }))(window.${name})`,
      );
  }
  const closed = 2;

  test('gets a finished log once, and asks no more', async () => {
    const run = await seed.run(project, {});
    for (const sequence of numbers(1, count)) await seed.log(run, { sequence });
    const look = await follow(run);
    const seen = await waitFor('The end', async () => {
      const now = await look();
      return now.state === closed && now;
    });
    expect(seen).toEqual({ lines: numbers(1, count), opened: 1, state: closed });
  });

  test('goes on after the last line that it got when its connection breaks', async () => {
    const run = await seed.run(project, { status: 'RUNNING' });
    for (const sequence of numbers(1, 40)) await seed.log(run, { sequence });
    const look = await follow(run);
    await waitFor('The first lines', async () => (await look()).lines.length === 40);
    for (const socket of sockets) socket.destroy();
    for (const sequence of numbers(41, count)) await seed.log(run, { sequence });
    await app.app.store.prisma.run.update({ where: { id: run }, data: { status: 'SUCCEEDED' } });
    const seen = await waitFor('The end', async () => {
      const now = await look();
      return now.state === closed && now;
    });
    expect(seen).toEqual({ lines: numbers(1, count), opened: 2, state: closed });
  });
});
