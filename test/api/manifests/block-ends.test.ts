import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const before = `environments:   [ {name:   dev} ]
plugins:
  extractors:
  - name: tap-a
    namespace: tap_a
    description: |
      In some
      lines.
`;
const after = `  - name: tap-b
    namespace: tap_b
    description: |
      In others.
  loaders:
  - {name: target-b, namespace: target_b}
`;

test('an edit beside a block of text takes no line of what follows', async () => {
  const text = `${before}${after}`;
  await done(app, 'createProject', { name: 'blocks', text }, 'project { id }');
  const exported = async (): Promise<string> =>
    (await done<{ text: string }>(app, 'exportProject', { project: 'blocks' }, 'text')).text;
  const whole = await exported();
  expect(whole).toContain(after);
  const answer = await app.query<{ project: { plugins: { nodes: { id: string; name: string }[] } } }>(
    '{ project(ref: "blocks") { plugins { nodes { id name } } } }',
  );
  const first = answer.project.plugins.nodes.find(({ name }) => name === 'tap-a');
  await done(app, 'updatePlugin', { plugin: first?.id, label: 'A' }, 'plugin { id }');
  expect(await exported()).toBe(whole.replace('      lines.\n', '      lines.\n    label: A\n'));
  await done(app, 'deletePlugin', { plugin: first?.id }, 'plugin { id }');
  const start = whole.indexOf('  - name: tap-a');
  expect(await exported()).toBe(whole.slice(0, start) + whole.slice(whole.indexOf('  - name: tap-b')));
});
