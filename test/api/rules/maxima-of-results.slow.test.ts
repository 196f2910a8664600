import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxManifestLength } from '../../../src/domain/mirror/project-source.ts';
import { documentLimits } from '../../../src/domain/states/documents/check-state.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { done, mistakes, validate, type Refused } from '../../kit/verbs/call.ts';
import { placeState } from '../../kit/verbs/states.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const environment = 'desk/dev';
let count = 0;
const fresh = (): string => `large-${(count += 1)}`;

/** Expects that an input is taken when it is as large as may be, and refused at a path when it is larger. */
async function expectBound(
  verb: string,
  inputs: { fits: object; isTooLarge: object },
  mistake: string,
): Promise<void> {
  expect(await answerTo(verb, inputs.fits)).toMatchObject({ __typename: 'Validated' });
  expect(mistakes(await answerTo(verb, inputs.isTooLarge))).toEqual([mistake]);
}

// That nothing is changed is seen in other tests. Here the tables are large, and would take long to compare.
const answerTo = (verb: string, input: object): Promise<Refused> => validate(app, verb, input);

describe('two documents, each within its maximum', () => {
  /** Two values, of which the second is larger when they are too large together. */
  function values(total: number): { a: string; b: string } {
    const free = total - JSON.stringify({ singer_state: { a: '', b: '' } }).length;
    const half = Math.floor(free / 2);
    return { a: 'x'.repeat(half), b: 'y'.repeat(free - half) };
  }
  const document = (value: object): string => JSON.stringify({ singer_state: value });

  /** Makes inputs for documents that merge to the maximum, and to one more. */
  async function bothSizes(
    inputFor: (values: { a: string; b: string }, stateId: string) => Promise<object>,
  ): Promise<{ fits: object; isTooLarge: object }> {
    const [fits, isTooLarge] = [
      await inputFor(values(documentLimits.length), fresh()),
      await inputFor(values(documentLimits.length + 1), fresh()),
    ];
    return { fits, isTooLarge };
  }

  test('are merged up to the maximum: one that is given', async () => {
    const inputs = await bothSizes(async ({ a, b }, stateId) => {
      await placeState(app, `${environment}/${stateId}`, { partial: document({ a }) });
      return { environment, stateId, source: { document: { text: document({ b }) } } };
    });
    await expectBound('mergeState', inputs, 'input.source: TOO_LONG');
  });

  test('are merged up to the maximum: that of another state', async () => {
    const inputs = await bothSizes(async ({ a, b }, stateId) => {
      await placeState(app, `${environment}/${stateId}`, { partial: document({ a }) });
      await placeState(app, `${environment}/${stateId}-from`, { completed: document({ b }) });
      return { environment, stateId, source: { state: `${environment}/${stateId}-from` } };
    });
    await expectBound('mergeState', inputs, 'input.source: TOO_LONG');
  });

  test.each([
    ['copyState', 'input.state: TOO_LONG', (from: string) => ({ state: from, to: { stateId: fresh() } })],
    ['moveState', 'input.state: TOO_LONG', (from: string) => ({ state: from, to: { stateId: fresh() } })],
    [
      'mergeState',
      'input.source.state: TOO_LONG',
      (from: string) => ({ environment, stateId: fresh(), source: { state: from } }),
    ],
  ])('of one state go up to the maximum into another one: %s', async (verb, mistake, inputFor) => {
    const inputs = await bothSizes(async ({ a, b }, stateId) => {
      const from = `${environment}/${stateId}`;
      await placeState(app, from, { completed: document({ a }), partial: document({ b }) });
      return inputFor(from);
    });
    await expectBound(verb, inputs, mistake);
  });

  test('are edited up to the maximum', async () => {
    const inputs = await bothSizes(async ({ a, b }, stateId) => {
      const state = `${environment}/${stateId}`;
      await placeState(app, state, { completed: document({ a }) });
      return { state, operations: [{ add: { path: '/singer_state/b', value: { json: b } } }] };
    });
    await expectBound('editState', inputs, 'input.operations: TOO_LONG');
  });

  test('but one that a run has made longer is copied and moved as it is', async () => {
    const from = `${environment}/${fresh()}`;
    const a = 'x'.repeat(documentLimits.length);
    await placeState(app, from, { completed: document({ a }) });
    for (const verb of ['copyState', 'moveState']) {
      const input = { state: from, to: { stateId: fresh() } };
      expect(await answerTo(verb, input)).toMatchObject({ __typename: 'Validated' });
    }
  });
});

describe('a state nested as deep as may be', () => {
  /** `depth` levels of JSON, of which the outermost is the document. */
  const nested = (depth: number): unknown =>
    JSON.parse(`{"singer_state":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`) as unknown;
  const { depth } = documentLimits;

  test.each<[string, string, (state: unknown) => object]>([
    [
      'setState',
      'input.document.json: TOO_DEEP',
      (json) => ({ environment, stateId: fresh(), document: { json } }),
    ],
    [
      'setState',
      'input.document.text: TOO_DEEP',
      (state) => ({ environment, stateId: fresh(), document: { text: JSON.stringify(state) } }),
    ],
    [
      'mergeState',
      'input.source.document.json: TOO_DEEP',
      (json) => ({ environment, stateId: fresh(), source: { document: { json } } }),
    ],
    [
      'importState',
      'input.states.0.completed.json: TOO_DEEP',
      (json) => ({
        ...{ environment, states: [{ stateId: fresh(), completed: { json }, partial: { json: {} } }] },
      }),
    ],
    [
      'importState',
      'input.text: TOO_DEEP',
      (partial) => ({ environment, text: JSON.stringify({ [fresh()]: { completed: {}, partial } }) }),
    ],
  ])('is taken by %s, and one level more is not: %s', async (verb, mistake, inputFor) => {
    await expectBound(
      verb,
      { fits: inputFor(nested(depth)), isTooLarge: inputFor(nested(depth + 1)) },
      mistake,
    );
  });

  test('is what a patch makes of it, and one level more is not', async () => {
    const lists = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const half = Math.floor(depth / 2);
    const innermost = `/singer_state${'/0'.repeat(half - 1)}/-`;
    const patched = (levels: number): object => ({
      state: `${environment}/${fresh()}`,
      patch: [
        { op: 'add', path: '/singer_state', value: lists(half) },
        { op: 'add', path: innermost, value: lists(levels - 1 - half) },
      ],
    });
    await expectBound(
      'editState',
      { fits: patched(depth), isTooLarge: patched(depth + 1) },
      'input.patch: TOO_DEEP',
    );
  });
});

test('as many operations as may be are done, and one more is refused', async () => {
  const state = `${environment}/${fresh()}`;
  const patch = (length: number): object[] =>
    Array.from({ length }, () => ({ op: 'add', path: '/singer_state', value: {} }));
  await expectBound(
    'editState',
    { fits: { state, patch: patch(1000) }, isTooLarge: { state, patch: patch(1001) } },
    'input.patch: TOO_MANY',
  );
});

describe('a meltano.yml that is nearly as long as may be', () => {
  /** So many characters are free in the text of the project. */
  const free = 5000;
  const project = 'full';
  let plugin: string;
  const stored = async (): Promise<number> => {
    const { store } = app.app;
    const { id } = await store.prisma.project.findFirstOrThrow({ where: { name: project } });
    return (await store.projects.manifestText(id)).length;
  };

  beforeAll(async () => {
    const start =
      'project_id: full\nenvironments:\n- name: dev\nplugins:\n  utilities:\n  - name: tool\n    namespace: tool\n';
    const comment = (length: number): string => `# ${'x'.repeat(length - 3)}\n`;
    const text = start + comment(maxManifestLength - free - start.length);
    await done(app, 'createProject', { name: project, text }, 'project { id }');
    expect(await stored()).toBe(maxManifestLength - free);
    const answer = await app.query<{ project: { plugins: { nodes: [{ id: string }] } } }>(
      `{ project(ref: "${project}") { plugins(first: 1) { nodes { id } } } }`,
    );
    plugin = answer.project.plugins.nodes[0].id;
  });

  test.each<[string, string, (filling: string) => object]>([
    ['updateProject', 'input: TOO_LONG', (filling) => ({ project, env: [{ name: 'A', value: filling }] })],
    [
      'createEnvironment',
      'input: TOO_LONG',
      (filling) => ({ project, name: 'qa', env: [{ name: 'A', value: filling }] }),
    ],
    [
      'updateEnvironment',
      'input: TOO_LONG',
      (filling) => ({ environment: `${project}/dev`, env: [{ name: 'A', value: filling }] }),
    ],
    [
      'createPlugin',
      'input: TOO_LONG',
      (filling) => ({ project, type: 'UTILITY', name: 'more', namespace: 'more', config: { a: filling } }),
    ],
    ['updatePlugin', 'input: TOO_LONG', (filling) => ({ plugin, config: { a: filling } })],
  ])('is not made longer by %s', async (verb, mistake, inputFor) => {
    // What the change writes besides is seen in a refusal.
    const refusal = await answerTo(verb, inputFor('x'.repeat(free)));
    const [, length] = /The text has (\d+) characters/.exec(refusal.message) ?? [];
    const most = free - (Number(length) - maxManifestLength);
    await expectBound(
      verb,
      { fits: inputFor('x'.repeat(most)), isTooLarge: inputFor('x'.repeat(most + 1)) },
      mistake,
    );
  });
});
