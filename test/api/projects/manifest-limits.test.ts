import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const list = (key: string, count: number, item: (i: number) => string): string =>
  `${key}: [${Array.from({ length: count }, (_, i) => item(i)).join(', ')}]\n`;

/** A `meltano.yml` with jobs in environments. @param blocks the length of the names in a job */
const manifest = (environments: number, jobs: number, blocks = ''): string =>
  list('environments', environments, (i) => `{name: e${i}}`) +
  list('jobs', jobs, (i) => `{name: j${i}, tasks: ["x${blocks}"]}`);

test('a short text that stands for many objects is refused with their number', async () => {
  const text = manifest(100, 1000);
  expect(text.length).toBeLessThan(40_000);
  const answer = await refused(app, 'createProject', { name: 'many', text });
  expect(mistakes(answer)).toEqual(['input.text: TOO_MANY']);
  expect(answer.message).toBe(
    'The project would have 100100 objects, since each of its 100 environments has all 1000 jobs and 0 schedules; at most 20000 are allowed. Make several projects of it.',
  );
  const project = 'small';
  await done(app, 'createProject', { name: project, text: manifest(2, 3) }, '__typename');
  expect(mistakes(await refused(app, 'planProject', { project, text }))).toEqual(['input.text: TOO_MANY']);
  const apply = { project, text, planEtag: 'x' };
  expect(mistakes(await refused(app, 'applyProject', apply))).toEqual(['input.text: TOO_MANY']);
});

test('a text whose jobs are long in many environments is refused with their length', async () => {
  const text = manifest(1000, 1, 'x'.repeat(60_000));
  const answer = await refused(app, 'createProject', { name: 'long', text });
  expect(mistakes(answer)).toEqual(['input.text: TOO_LONG']);
  expect(answer.message).toMatch(/^The project would have definitions of 60\d{6} characters, since each /);
});

test.each([
  '!!set {a, b}',
  'plugins: !!set {extractors}',
  'jobs: !!omap [{name: j}]',
  'env: !!pairs [{a: 1}]',
])('a value that is neither a mapping nor a list is refused: %s', async (text) => {
  const answer = await refused(app, 'createProject', { name: 'tagged', text });
  expect(mistakes(answer)).toContain('input.text: BAD_MANIFEST');
  expect(answer.fields?.[0]?.message).toMatch(/^meltano\.yml:1: A value with the tag/);
});

test.each(['a\0b', 'a\ud800'])('a text that cannot be stored is refused', async (text) => {
  const answer = await call<object>(
    app,
    'createProject',
    { name: 'odd', text: `a: "${text}"` },
    '__typename',
  );
  expect(mistakes(answer)).toEqual(['input.text: BAD_TEXT']);
});
