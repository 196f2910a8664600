import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { done } from '../../../kit/verbs/call.ts';
import { waitFor } from '../../../kit/wait.ts';

/** Git waits a minute for its answer, which never comes. */
const server = createServer();
let url: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const projectFrom = (app: TestApp, name: string, at: string): Promise<unknown> =>
  done(app, 'createProject', { name, source: { git: { url: at } } }, 'project { id }');

test(
  'a server that does not answer keeps no other repository waiting, and no gateway from its end',
  { timeout: 60_000 },
  async () => {
    const app = await startTestApp({ syncsSources: true, gitProtocols: ['http'] });
    const asked = once(server, 'connection') as Promise<[Socket]>;
    await projectFrom(app, 'silent', `${url}/silent.git`);
    const [socket] = await asked;
    const isLeft = once(socket, 'close');
    socket.resume();

    // Nothing listens there, which is found at once.
    await projectFrom(app, 'absent', 'http://127.0.0.1:9/absent.git');
    const problem = async (): Promise<string | null> =>
      (
        await app.query<{ project: { source: { problem: string | null } } }>(
          '{ project(ref: "absent") { source { problem } } }',
        )
      ).project.source.problem;
    await waitFor('The problem of the other one', problem);

    app.logged.length = 0;
    await app.stop();
    await isLeft;
    expect(app.logged.filter(({ level }) => level !== 'info')).toEqual([]);
  },
);
