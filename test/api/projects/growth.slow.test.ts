import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { growingManifests } from '../../kit/data/growing-manifests.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Entries of the smaller text. `.ci/run` sets more: the larger, the sooner a square shows. */
const entries = Number(process.env.GROWTH_ENTRIES ?? 25);

/** How often the second of two texts has what the first one has once. */
const times = 8;

/** Fails if the time has grown like the square of the text. The first seconds are start and noise. */
async function expectLinear(run: (count: number) => Promise<unknown>, count: number): Promise<void> {
  const timeOf = async (given: number): Promise<number> => {
    const begun = performance.now();
    await run(given);
    return performance.now() - begun;
  };
  const small = await timeOf(count);
  const large = await timeOf(count * times);
  expect(large).toBeLessThan(4000 + 3 * times * small);
}

let projects = 0;

test.each(Object.entries(growingManifests))(
  'the time for a manifest grows no faster than the number of: %s',
  async (_what, textOf) => {
    await expectLinear(async (count) => {
      const name = `growing-${(projects += 1)}`;
      const text = textOf(count);
      const made = await call(app, 'createProject', { name, text }, '__typename');
      if (made.__typename === 'InvalidInput') return;
      expect(made.__typename).toBe('CreateProjectSuccess');
      await done(app, 'planProject', { project: name, text: `${text}\nmore: 1\n` }, '__typename');
      await done(app, 'exportProject', { project: name }, 'text');
    }, entries);
  },
);

describe('a short text that stands for very much is refused at once', () => {
  const inherit = (n: number): string =>
    `plugins:\n  extractors:\n    - { name: tap-0, namespace: t, description: ${'d'.repeat(20_000)} }\n${Array.from(
      { length: n },
      (_, i) => `    - { name: tap-${i + 1}, inherit_from: tap-0 }`,
    ).join('\n')}\n`;
  const chain = (n: number): string =>
    `plugins:\n  extractors:\n    - { name: tap-0, namespace: t }\n${Array.from(
      { length: n },
      (_, i) => `    - { name: tap-${i + 1}, inherit_from: tap-${i} }`,
    ).join('\n')}\n`;

  test.each([
    ['100,000 aliases', `x: &a text\ny: [${'*a, '.repeat(100_000)}]\n`, /more than 10000 aliases; write/],
    [
      'values below long keys',
      `x:\n  ${'k'.repeat(600)}:\n    ${'k'.repeat(600)}: b\n`,
      /keys that lead here have more than 1000 char/,
    ],
    [
      'a long name',
      `jobs: [{ name: ${'j'.repeat(300)}, tasks: [a] }]\n`,
      /`name` of the job .* has 300 char/,
    ],
    ['heirs of a long text', inherit(3000), /inherit more than 20000000 characters from each other/],
    ['a long chain of heirs', chain(60), /inherits from more than 50 plugins; make the chain shorter/],
    ['a long chain of heirs, the last one first', chain(60).split('\n').toReversed().join('\n'), /./],
    [
      'plugins in environments',
      `environments: [${Array.from({ length: 300 }, (_, i) => `{ name: e${i} }`).join(', ')}]\n${chain(0)}${Array.from({ length: 100 }, (_, i) => `    - { name: t${i}, namespace: t }`).join('\n')}\n`,
      /101 plugins .* in 300 environments, which is too much/,
    ],
  ])('%s', async (_what, text, reason) => {
    const answer = await refused(app, 'createProject', { name: 'short', text });
    expect(mistakes(answer)).toContain('input.text: BAD_MANIFEST');
    expect(answer.fields?.[0]?.message).toMatch(reason);
  });

  test('and of many mistakes, the first hundred are named', async () => {
    const text = `jobs:\n${Array.from({ length: 5000 }, (_, i) => `  - { name: j${i} }`).join('\n')}\n`;
    const { fields = [] } = await refused(app, 'createProject', { name: 'wrong', text });
    expect(fields).toHaveLength(101);
    expect(fields.at(-1)?.message).toBe('There are 4900 more mistakes like these.');
  });
});

test('the time for the values of a plugin grows no faster than their number', async () => {
  const text = 'plugins:\n  extractors:\n    - { name: tap, namespace: tap, config: { a: { b: 1 } } }\n';
  await done(app, 'createProject', { name: 'values', text }, '__typename');
  const { project } = await app.query<{ project: { plugins: { nodes: { id: string }[] } } }>(
    '{ project(ref: "values") { plugins(first: 1) { nodes { id } } } }',
  );
  const plugin = project.plugins.nodes[0]?.id;
  await expectLinear(async (count) => {
    const config = Object.fromEntries(Array.from({ length: count }, (_, i) => [`a.k${i}`, i]));
    await done(app, 'updatePlugin', { plugin, config }, '__typename');
  }, 500);
});

test('an address without an end, as a value of 32,768 letters, is read in linear time', async () => {
  await done(app, 'createProject', { name: 'env', text: 'environments: [{ name: dev }]\n' }, '__typename');
  const env = Array.from({ length: 25 }, (_, i) => ({ name: `V${i}`, value: 'a'.repeat(32_768) }));
  await done(app, 'createEnvironment', { project: 'env', name: 'qa', env }, '__typename');
});
