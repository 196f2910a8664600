import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxManifestLength } from '../../../src/domain/mirror/project-source.ts';
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

describe('a `meltano.yml` that was as long as it may be', () => {
  const plain = 'version: 1\nproject_id: p\nenvironments: [{name: dev, state_id_suffix: abc}]\n';
  const padded = (text: string, length: number): string =>
    `${text}# ${'x'.repeat(length - text.length - 3)}\n`;
  const create = (name: string, text: string) => done(app, 'createProject', { name, text }, '__typename');
  const textOf = async (name: string): Promise<string> => {
    const { project } = await app.query<{ project: { manifest: { text: string } } }>(
      'query ($name: ID!) { project(ref: $name) { manifest { text } } }',
      { name },
    );
    return project.manifest.text;
  };
  /** An edit that makes a text longer by as much as it does with any other text. */
  const edit = (project: string) => ({ project, name: 'added' });

  test('cannot be made longer by an edit, not even by a character', async () => {
    await create('short', padded(plain, 200));
    await done(app, 'createEnvironment', edit('short'), '__typename');
    const growth = (await textOf('short')).length - 200;
    expect(growth).toBeGreaterThan(5);
    for (const [less, isTaken] of [
      [growth + 1, true],
      [growth, true],
      [growth - 1, false],
      [0, false],
    ] as const) {
      const name = `less-${less}`;
      const text = padded(plain, maxManifestLength - less);
      await create(name, text);
      const answer = await call<object>(app, 'createEnvironment', edit(name), '__typename');
      const length = maxManifestLength - less + growth;
      if (isTaken) {
        expect(answer.__typename).toBe('CreateEnvironmentSuccess');
        expect(await textOf(name)).toHaveLength(length);
      } else {
        expect(answer.fields).toMatchObject([
          {
            code: 'TOO_LONG',
            message: `The text has ${length} characters; at most ${maxManifestLength} are allowed.`,
          },
        ]);
        expect(await textOf(name)).toBe(text);
      }
    }
  });

  test('can be edited to one that is as long or shorter', async () => {
    await create('longest', padded(plain, maxManifestLength));
    const environment = 'longest/dev';
    await done(app, 'updateEnvironment', { environment, stateIdSuffix: 'xyz' }, '__typename');
    expect(await textOf('longest')).toHaveLength(maxManifestLength);
    await done(app, 'updateEnvironment', { environment, stateIdSuffix: 'x' }, '__typename');
    expect(await textOf('longest')).toHaveLength(maxManifestLength - 2);
  });

  test('is refused when the id of the project makes it longer', async () => {
    const text = padded('version: 1\n', maxManifestLength);
    const answer = await refused(app, 'createProject', { name: 'without-id', text });
    expect(mistakes(answer)).toEqual(['input.text: TOO_LONG']);
    const { project } = await app.query<{ project: object | null }>(
      '{ project(ref: "without-id") { name } }',
    );
    expect(project).toBeNull();
    const [, characters] = /has (\d+) characters/.exec(answer.fields?.[0]?.message ?? '') ?? [];
    const most = 2 * maxManifestLength - Number(characters);
    await create('with-id', padded('version: 1\n', most));
    expect(await textOf('with-id')).toHaveLength(maxManifestLength);
  });

  test('is refused when the secrets that it keeps make it longer', async () => {
    const secret = 'y'.repeat(100);
    const withValue = (value: string): string =>
      `${plain}plugins: {extractors: [{name: tap-a, namespace: tap_a, settings: [{name: token, sensitive: true}], config: {token: ${value}}}]}\n`;
    await create('secret', withValue(secret));
    const redacted = '(redacted)';
    for (const more of [0, 1]) {
      const text = padded(withValue(redacted), maxManifestLength - (secret.length - redacted.length) + more);
      const input = { project: 'secret', text, prune: true };
      const answer = await call<{ plan: { etag: string } }>(app, 'planProject', input, 'plan { etag }');
      if (more === 0) expect(answer.__typename).toBe('PlanProjectSuccess');
      else expect(mistakes(answer)).toEqual(['input.text: TOO_LONG']);
    }
  });
});
