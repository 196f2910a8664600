import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/lib/uuid.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { fixture } from '../kit/data/projects.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

test('a transaction with more values than one statement takes sends one statement at a time', async () => {
  const warnings: string[] = [];
  const listen = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', listen);
  const { store } = app.app;
  const { id: projectId } = await store.prisma.project.findFirstOrThrow();
  const data = Array.from({ length: 3000 }, () => ({
    ...({
      id: newId(),
      projectId,
      kind: 'RUN',
      status: 'SUCCEEDED',
      command: 'a',
      endedAt: new Date(),
    } as const),
  }));
  const { statements } = await app.counting(() => store.prisma.run.createMany({ data }));
  expect(statements.filter((sql) => sql.startsWith('INSERT')).length).toBeGreaterThan(1);
  expect(await store.prisma.run.count()).toBe(3000);
  expect(warnings).toEqual([]);
  process.off('warning', listen);
});
