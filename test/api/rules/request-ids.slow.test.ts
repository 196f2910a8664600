import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastingDatabase, type TestDatabase } from '../../kit/database.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { call, done } from '../../kit/verbs/call.ts';

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await lastingDatabase();
  app = await startTestApp({ database, projects: deskAndAnnex });
});
afterAll(async () => {
  await app.stop();
  await database.drop();
});

const tasks = [{ blocks: ['digest:daily'] }];
const selection = 'job { id }';
type Made = { job: { id: string } };

const request = fc.record({ key: fc.constantFrom('a', 'b', 'c'), payload: fc.constantFrom('one', 'two') });

let count = 0;

test('of requests that arrive at once with one key, those of one input do it once, the others are refused', async () => {
  const property = fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
    const round = `r${(count += 1)}`;
    const answers = await Promise.all(
      requests.map(async ({ key, payload }) => {
        const input = { environment: 'desk/dev', name: `${round}-${key}-${payload}`, tasks };
        const answer = await call<Made>(
          app,
          'createJob',
          { ...input, clientRequestId: `${round}-${key}` },
          selection,
        );
        return { key, payload, answer };
      }),
    );
    for (const key of new Set(requests.map((one) => one.key))) {
      const ofKey = answers.filter((one) => one.key === key);
      const winners = ofKey.filter(({ answer }) => answer.__typename === 'CreateJobSuccess');
      expect(new Set(winners.map(({ payload }) => payload)).size).toBe(1);
      expect(new Set(winners.map(({ answer }) => answer.job?.id)).size).toBe(1);
      const others = ofKey.filter(({ payload }) => payload !== winners[0]?.payload);
      for (const { answer } of others) expect(answer.__typename).toBe('Conflict');
      expect(winners.length + others.length).toBe(ofKey.length);
    }
    const made = await app.app.store.prisma.job.count({ where: { name: { startsWith: `${round}-` } } });
    expect(made).toBe(new Set(requests.map(({ key }) => key)).size);
  });
  await fc.assert(property, { numRuns: 40 });
});

test('a key holds over a restart', async () => {
  const input = { environment: 'desk/dev', name: 'once', tasks, clientRequestId: 'over-a-restart' };
  const first = await done<Made>(app, 'createJob', input, selection);
  await app.stop();
  app = await startTestApp({ database, projects: deskAndAnnex });
  expect(await done<Made>(app, 'createJob', input, selection)).toEqual(first);
});
