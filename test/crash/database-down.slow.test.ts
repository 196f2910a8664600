import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../bench/database/postgres.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { fixture } from '../kit/data/projects.ts';
import { subscribe } from '../kit/events.ts';
import { sendRaw } from '../kit/http.ts';
import { ask, askFor, runEnded } from '../kit/verbs/runs.ts';
import { waitFor } from '../kit/wait.ts';
import { describeWithOwnServer } from './own-server.ts';

const queries = [
  '{ project(ref: "desk") { name } }',
  '{ projects { nodes { name environments { nodes { name jobs { nodes { name } } } } } } }',
  '{ projects { totalCount } project(ref: "desk") { environment(name: "dev") { runs { nodes { id } } } } }',
];

describeWithOwnServer('a gateway whose database is stopped', () => {
  let server: Cluster;
  let app: TestApp;
  beforeAll(async () => {
    server = await startCluster({ fsync: 'off' });
    app = await startTestApp({
      database: { location: { kind: 'SERVER', url: server.url }, drop: () => Promise.resolve() },
      projects: [{ name: 'desk', directory: fixture('desk') }],
      slots: 1,
    });
    for (const query of [...queries, ...queries]) await app.query(query);
  });
  afterAll(async () => {
    await app.stop();
    await server.stop();
  });

  const probe = async (path: string): Promise<[status: number, body: Record<string, string>]> => {
    const { status, body } = await sendRaw(new URL(path, app.url).href, { method: 'GET' });
    return [status, JSON.parse(body === '' ? '{}' : body) as Record<string, string>];
  };
  const ready = { gateway: 'ok', database: 'ok', migrations: 'ok', queue: 'ok', worker: 'ok' };
  const post = (query: string, accept: string) => {
    const headers = { 'content-type': 'application/json', accept };
    return sendRaw(app.url, { headers, body: [JSON.stringify({ query })] });
  };

  test.each(['fast', 'immediate'] as const)('%s says so, and goes on when it is back', async (how) => {
    await waitFor('Readiness', async () => (await probe('/readyz'))[0] === 200);
    expect(await probe('/readyz')).toEqual([200, { status: 'ready', ...ready }]);
    await server.halt(how);
    app.logged.length = 0;

    // The first one finds the connections broken, and the next ones find no server.
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        queries.map((query) => post(query, 'application/graphql-response+json')),
      );
      for (const { status, headers, body } of answers) {
        expect(JSON.parse(body)).toEqual({
          errors: [
            {
              message: expect.stringMatching(/^The gateway's database .*Try again later\.$/) as unknown,
              extensions: { code: 'UNAVAILABLE' },
            },
          ],
        });
        expect([status, headers['retry-after']]).toEqual([503, '5']);
      }
    }
    for (const query of queries) {
      const { status, headers, body } = await post(query, 'application/json');
      expect([status, headers['retry-after']]).toEqual([200, '5']);
      expect(body).toContain('"code":"UNAVAILABLE"');
    }
    for (const input of [
      { job: 'desk/dev/tickets' },
      { job: 'desk/dev/tickets', clientRequestId: 'again' },
    ]) {
      expect(await askFor(app, 'runJob', input)).toMatchObject({
        __typename: 'Unavailable',
        code: 'UNAVAILABLE',
      });
    }
    const events = subscribe(app.url, 'subscription { runUpdated(run: "desk/dev/tickets") { id } }');
    for await (const { errors } of events) {
      expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    }
    expect(await probe('/livez')).toEqual([200, {}]);
    // What is true of a second ago may still be said.
    await waitFor('Unreadiness', async () => (await probe('/readyz'))[0] === 503);
    for (const path of ['/readyz', '/health']) {
      const [status, body] = await probe(path);
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: 'not ready', gateway: 'ok' });
      expect(body.database).toMatch(/^The gateway's database /);
      expect(body.queue).not.toBe('ok');
    }
    expect(app.logged.filter(({ message }) => message === 'internal error')).toEqual([]);

    await server.start();
    await waitFor('Readiness', async () => (await probe('/readyz'))[0] === 200);
    for (const query of queries) await app.query(query);
    const { id } = await ask(app, 'runJob', { job: 'desk/dev/tickets' });
    // There is no Meltano that could run it: what counts is that it was taken.
    expect(await runEnded(app, id)).toMatchObject({ status: 'FAILED' });
  });
});
