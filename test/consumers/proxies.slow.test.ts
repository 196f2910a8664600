import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { createClient } from 'graphql-ws';
import { createServer, mergeConfig } from 'vite';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subscribe } from '../kit/events.ts';
import { describeWithNginx, nginx } from '../kit/programs/nginx.ts';
import { sendRaw } from '../kit/http.ts';
import { startSampleApp, type SampleApp } from '../kit/sample-app.ts';
import viteConfig from './proxies/vite.config.ts';

let sampleApp: SampleApp;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-proxies-'));
  sampleApp = await startSampleApp({ slots: 0, allowedHosts: [{ name: 'site.example', port: null }] });
  await sampleApp.app.query('mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }');
});
afterAll(async () => {
  await sampleApp.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Asks in each way through a proxy, as a page of its origin does. */
async function expectAll(url: string, host = new URL(url).host): Promise<void> {
  const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' };
  const body = [JSON.stringify({ query: '{ project(ref: "demo") { name } }' })];
  expect((await sendRaw(url, { headers, body })).body).toBe('{"data":{"project":{"name":"demo"}}}');

  const query = 'subscription { runUpdated(run: "demo/dev/sales") { status } }';
  const event = { data: { runUpdated: { status: 'QUEUED' } } };
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers: { host, origin: `http://${host}` } });
      }
    },
    retryAttempts: 0,
  });
  const first = await new Promise((resolve, reject) => {
    const stop = client.subscribe(
      { query },
      {
        next: (result) => {
          resolve(result);
          stop();
        },
        error: reject,
        complete: () => undefined,
      },
    );
  });
  expect(first).toEqual(event);
  await client.dispose();

  for await (const one of subscribe(url, query)) {
    expect(one).toEqual(event);
    break;
  }
}

test('behind Vite, a page asks its own origin', async () => {
  const { proxy } = viteConfig.server;
  const gateway = new URL(sampleApp.app.url).origin;
  const vite = await createServer(
    mergeConfig(
      { server: { proxy: { '/graphql': { ...proxy['/graphql'], target: gateway } } } },
      { configFile: false, root: directory, logLevel: 'silent', server: { port: 0, host: '127.0.0.1' } },
    ),
  );
  await vite.listen();
  const { port } = vite.httpServer?.address() as { port: number };
  await expectAll(`http://127.0.0.1:${port}/graphql`).finally(() => vite.close());
});

describeWithNginx('behind nginx', () => {
  test('below a path, everything is where the page looks for it', async () => {
    const port = await freePort();
    const site = (await readFile(fileURLToPath(new URL('proxies/nginx.conf', import.meta.url)), 'utf8'))
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('http://127.0.0.1:4000', new URL(sampleApp.app.url).origin);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${directory}/${name};`,
    );
    const file = join(directory, 'nginx.conf');
    await writeFile(
      file,
      `daemon off; pid ${directory}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')}\n${site} }`,
    );
    const running = execa(nginx ?? '', ['-c', file, '-p', directory, '-e', 'stderr'], { reject: false });
    try {
      const url = `http://127.0.0.1:${port}/meltano/graphql`;
      await expect
        .poll(() =>
          fetch(url).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      await expectAll(url);
      await expectAll(url, 'site.example');
      const page = await fetch(new URL('./', url), { headers: { accept: 'text/html' } });
      expect({ status: page.status, url: page.url }).toEqual({ status: 200, url });
      expect((await fetch(new URL('schema.graphql', url))).status).toBe(200);
      const other = await sendRaw(url, { method: 'GET', headers: { host: 'other.example' } });
      expect(other.status).toBe(403);
    } finally {
      running.kill('SIGTERM');
      await running;
    }
  });
});

async function freePort(): Promise<number> {
  const server = listen().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
