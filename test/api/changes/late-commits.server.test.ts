import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeOnServer, freshDatabase, type TestDatabase } from '../../kit/database.ts';
import { seeder } from '../../kit/data/seed.ts';
import { openEvents, type StreamEvent } from '../../kit/events.ts';

describeOnServer('on a server, changes', () => {
  let database: TestDatabase;
  let apps: TestApp[];
  let session: pg.Client;
  let jobs: string[];
  beforeAll(async () => {
    database = await freshDatabase();
    apps = [await startTestApp({ database, polls: false }), await startTestApp({ database, polls: false })];
    const seed = seeder((apps[0] as TestApp).app.store);
    const project = await seed.project({ name: 'shop' });
    const environment = await seed.environment(project, { name: 'dev' });
    jobs = [await seed.job(environment, { name: 'one' }), await seed.job(environment, { name: 'two' })];
    const { location } = database;
    session = new pg.Client({ connectionString: location.kind === 'SERVER' ? location.url : '' });
    await session.connect();
  });
  afterAll(async () => {
    await session.end();
    await Promise.all(apps.map((app) => app.stop()));
    await database.drop();
  });

  type Data = { changes: { cursor: string; nodes: { objectId: string }[] } };
  const follow = (app: TestApp | undefined, after = '') =>
    openEvents<Data>(
      app?.url ?? '',
      `subscription { changes(after: "${after}") { cursor nodes { objectId } } }`,
    );
  const next = async (events: AsyncGenerator<StreamEvent<Data>>) => {
    const { value } = (await events.next()) as { value: StreamEvent<Data> };
    return {
      cursor: value.data?.changes.cursor,
      ids: value.data?.changes.nodes.map(({ objectId }) => objectId),
    };
  };
  const idOf = (job: string | undefined): string => encodeGlobalId({ type: 'Job', id: job ?? '' });
  const change = `UPDATE "Job" SET pairs = pairs || 'a-to-b'::text WHERE id = $1::uuid`;

  test('of a transaction that ends after later ones are told by every gateway, live and after a cursor', async () => {
    const followers = await Promise.all(apps.map((app) => follow(app)));
    for (const events of followers) expect((await next(events)).ids).toEqual([]);
    await session.query('BEGIN');
    await session.query(change, [jobs[0]]);
    await (apps[1] as TestApp).app.store.prisma.job.update({
      where: { id: jobs[1] ?? '' },
      data: { pairs: ['c-to-d'] },
    });
    // Nobody waits for the one that is under way.
    const between = await Promise.all(followers.map(next));
    for (const { ids } of between) expect(ids).toEqual([idOf(jobs[1])]);
    await session.query('COMMIT');
    for (const events of followers) expect((await next(events)).ids).toEqual([idOf(jobs[0])]);
    // By a cursor that another gateway has given.
    const later = await follow(apps[1], between[0]?.cursor);
    expect((await next(later)).ids).toEqual([idOf(jobs[0])]);
    for (const events of [...followers, later]) await events.return(undefined);
  });
});
