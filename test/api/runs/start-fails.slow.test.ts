import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startTestApp } from '../../kit/app.ts';
import { lastingDatabase } from '../../kit/database.ts';
import { ask, readRun } from '../../kit/verbs/runs.ts';
import { copySample } from '../../kit/data/sample.ts';

test('a start that fails takes no runs and leaves the database to others', async () => {
  const [database, sample] = await Promise.all([lastingDatabase(), copySample()]);
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as AddressInfo;
  try {
    const first = await startTestApp({ database, projects: [sample.project] });
    const { id } = await ask(first, 'runJob', { job: 'demo/dev/sales' });
    await first.stop();

    await expect(startTestApp({ database, slots: 1, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });

    const last = await startTestApp({ database });
    expect(await readRun(last, id).finally(() => last.stop())).toMatchObject({
      status: 'QUEUED',
      workerId: null,
    });
  } finally {
    busy.close();
    await Promise.all([database.drop(), sample.remove()]);
  }
});
