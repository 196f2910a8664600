import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../src/lib/uuid.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { describeOnServer } from '../../kit/database.ts';

describeOnServer('a transaction with more values than one statement takes', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  });
  afterAll(() => app.stop());

  test('sends one statement at a time, of which the driver has nothing to warn', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const { prisma } = app.app.store;
    const { id: projectId } = await prisma.project.findFirstOrThrow();
    const run = { projectId, kind: 'RUN', status: 'SUCCEEDED', command: 'a', endedAt: new Date() } as const;
    const data = Array.from({ length: 6000 }, () => ({ ...run, id: newId() }));
    const { statements } = await app.counting(() => prisma.run.createMany({ data }));
    expect(statements.filter((sql) => sql.startsWith('INSERT')).length).toBeGreaterThan(1);
    expect(await prisma.run.count()).toBe(6000);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});
