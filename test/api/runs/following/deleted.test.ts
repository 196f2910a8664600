import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { seeder } from '../../../kit/data/seed.ts';
import { openEvents } from '../../../kit/events.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('who follows a run hears that it was deleted', async () => {
  const seed = seeder(app.app.store);
  const run = await seed.run(await seed.project({ name: 'shop' }), { status: 'RUNNING' });
  const id = encodeGlobalId({ type: 'Run', id: run });
  type Event = { runUpdated: { status: string } };
  const events = await openEvents<Event>(app.url, `subscription { runUpdated(run: "${id}") { status } }`);
  expect((await events.next()).value).toMatchObject({ data: { runUpdated: { status: 'RUNNING' } } });
  await app.app.store.prisma.run.delete({ where: { id: run } });
  expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  await events.return(undefined);
});
