import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';

let app: TestApp;
beforeAll(async () => {
  const directory = fileURLToPath(new URL('../../../src/demo/project', import.meta.url));
  app = await startTestApp({ projects: [{ name: 'demo', directory }] });
});
afterAll(() => app.stop());

test('a project is read as a nested graph, in one statement', async () => {
  const { statements, result } = await app.counting(() =>
    app.query<{ projects: { nodes: { environments: { nodes: { name: string }[] } }[] } }>(`{
      projects { nodes { name environments { nodes { name jobs { nodes { name runs { nodes { id } } } } } } } }
    }`),
  );
  expect(result.projects.nodes[0]?.environments.nodes.map(({ name }) => name)).toEqual(['dev', 'prod']);
  expect(statements).toHaveLength(1);
});
