import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { sendRaw, type RawAnswer } from '../../kit/http.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> =>
  sendRaw(new URL(path, app.url).href, { method, headers });

const published = await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8');
const page = 'text/html,application/xhtml+xml,*/*;q=0.8';

describe('/schema.graphql', () => {
  test('is the schema as it is published', async () => {
    const { status, body, headers } = await ask('/schema.graphql');
    expect(status).toBe(200);
    expect(body).toBe(published);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'private, no-cache',
      etag: expect.stringMatching(/^"[\da-f]{32}"$/) as unknown,
    });
  });

  test('is not sent again to who has it', async () => {
    const etag = String((await ask('/schema.graphql')).headers.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask('/schema.graphql', { 'if-none-match': known });
      expect({ known, ...answer }).toMatchObject({ known, status: 304, body: '', headers: { etag } });
    }
    for (const known of ['"other"', etag.slice(1, -1), '']) {
      expect((await ask('/schema.graphql', { 'if-none-match': known })).status).toBe(200);
    }
  });

  test('is answered to HEAD without its text, and to no other method', async () => {
    const head = await ask('/schema.graphql', {}, 'HEAD');
    expect(head).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': String(Buffer.byteLength(published)) },
    });
    const answer = await ask('/schema.graphql', {}, 'POST');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  test('needs the token', async () => {
    const apiToken = 'a-token-of-this-test-0123456789-abcdefgh';
    const closed = await startTestApp({ apiToken });
    const url = new URL('/schema.graphql', closed.url).href;
    const answers = [
      await sendRaw(url, { method: 'GET' }),
      await sendRaw(url, { method: 'GET', headers: { 'if-none-match': '*' } }),
      await sendRaw(url, { method: 'GET', headers: { authorization: `Bearer ${apiToken}` } }),
    ];
    await closed.stop();
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200]);
  });
});

describe('/', () => {
  test('leads a browser to GraphiQL, also below the path of a proxy', async () => {
    const { status, headers } = await ask('/', { accept: page });
    expect({ status, location: headers.location }).toEqual({ status: 302, location: 'graphql' });
    expect(new URL('graphql', 'https://proxy.example/meltano/').href).toBe(
      'https://proxy.example/meltano/graphql',
    );
  });

  test('is nothing to anybody else', async () => {
    for (const accept of ['application/json', '*/*', '']) {
      expect((await ask('/', { accept })).status).toBe(404);
    }
    expect((await ask('/', { accept: page }, 'POST')).status).toBe(405);
  });
});

test('/favicon.ico is an icon, which the page has inside', async () => {
  const { status, headers, body } = await ask('/favicon.ico');
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'image/svg+xml' });
  expect(headers['cache-control']).toBe('public, max-age=86400');
  const { body: html } = await ask('/graphql', { accept: page });
  const [, icon = ''] = /<link rel="icon" href="data:image\/svg\+xml,([^"]*)"/.exec(html) ?? [];
  expect(decodeURIComponent(icon)).toBe(body);
});
