import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { fixture } from '../../../kit/data/projects.ts';
import { done, mistakes, refused } from '../../../kit/verbs/call.ts';
import { tableTexts } from '../../../kit/tables.ts';
import { openVault } from '../../../../src/lib/vault/vault.ts';
import { variablesOfProject } from '../../../../src/domain/projects/variables/locked-variables.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  const text = `environments: [{ name: dev }, { name: prod }]
plugins: { extractors: [{ name: tap-a, namespace: tap_a, settings: [{ name: key, sensitive: true }] }] }`;
  await done(app, 'createProject', { name: 'shop', text }, 'project { id }');
  await done(app, 'createProject', { name: 'other', text }, 'project { id }');
});
afterAll(() => app.stop());

interface Set {
  isChanged: boolean;
  project: { etag: string };
}
const set = (variables: object[], more: object = {}): Promise<Set> =>
  done<Set>(app, 'setProjectEnv', { project: 'shop', variables, ...more }, 'isChanged project { etag }');
const unset = (names: string[], more: object = {}): Promise<Set> =>
  done<Set>(app, 'unsetProjectEnv', { project: 'shop', names, ...more }, 'isChanged project { etag }');

interface Shown {
  name: string;
  value: string | null;
  isSensitive: boolean;
  environment: { path: string } | null;
}
async function shown(): Promise<{ all: Shown[]; dev: Shown[] }> {
  const list = 'variables { nodes { name value isSensitive environment { path } } }';
  type Read = Record<'variables', { nodes: Shown[] }>;
  const { project } = await app.query<{ project: Read & { environment: Read } }>(
    `{ project(ref: "shop") { ${list} environment(name: "dev") { ${list} } } }`,
  );
  return { all: project.variables.nodes, dev: project.environment.variables.nodes };
}

/** What a run of an environment gets, and the name of what is a secret with a star. */
async function given(environment: string | null, own: string[] = []): Promise<Record<string, string>> {
  const { store } = app.app;
  const { id: projectId } = await store.prisma.project.findFirstOrThrow({ where: { name: 'shop' } });
  const found = await store.prisma.environment.findFirst({ where: { projectId, name: environment ?? '' } });
  const rows = await store.projectVariables.ofRun(projectId, found?.id ?? null);
  const variables = variablesOfProject(await openVault(app.dataDirectory), rows, new Set(own));
  return Object.fromEntries(
    variables.map(({ name, value, sensitive }) => [name + (sensitive ? '*' : ''), value]),
  );
}

test('variables are set, replaced and unset, for the project and for an environment', async () => {
  const first = await set([
    { name: 'REGION', value: 'eu' },
    { name: 'KEPT', value: 'kept-secret', isSensitive: true },
  ]);
  expect(first.isChanged).toBe(true);
  expect((await set([{ name: 'KEPT', value: 'kept-secret', isSensitive: true }])).isChanged).toBe(false);
  const more = await set([{ name: 'REGION', value: 'us' }], { environment: 'shop/dev' });
  expect(more.project.etag).not.toBe(first.project.etag);
  const dev = { name: 'REGION', value: 'us', isSensitive: false, environment: { path: 'shop/dev' } };
  expect(await shown()).toEqual({
    all: [
      { name: 'KEPT', value: null, isSensitive: true, environment: null },
      { name: 'REGION', value: 'eu', isSensitive: false, environment: null },
      dev,
    ],
    dev: [dev],
  });
  expect(await given('dev')).toEqual({ REGION: 'us', 'KEPT*': 'kept-secret' });
  expect(await given('prod')).toEqual({ REGION: 'eu', 'KEPT*': 'kept-secret' });
  expect(await given(null, ['REGION'])).toEqual({ 'KEPT*': 'kept-secret' });
  // No longer a secret, because somebody has said its value openly.
  await set([{ name: 'KEPT', value: 'open' }]);
  expect(await given('prod')).toEqual({ REGION: 'eu', KEPT: 'open' });
  expect((await unset(['REGION', 'NONE'], { environment: 'shop/dev' })).isChanged).toBe(true);
  expect((await unset(['REGION'], { environment: 'shop/dev' })).isChanged).toBe(false);
  await unset(['REGION', 'KEPT']);
  expect(await shown()).toEqual({ all: [], dev: [] });
});

test('a secret stands nowhere in clear', async () => {
  const secret = 'nobody-may-see-this';
  await set([
    { name: 'SHOP_PASSWORD', value: secret },
    { name: 'TAP_A_KEY', value: secret },
    { name: 'WAREHOUSE', value: `postgresql://user:${secret}@host/db` },
  ]);
  expect((await shown()).all).toEqual(
    ['SHOP_PASSWORD', 'TAP_A_KEY', 'WAREHOUSE'].map((name) => ({
      name,
      value: null,
      isSensitive: true,
      environment: null,
    })),
  );
  expect(JSON.stringify(await tableTexts(app.app.store))).not.toContain(secret);
  expect(JSON.stringify(app.logged)).not.toContain(secret);
  const { store } = app.app;
  const [row, other] = await store.prisma.projectVariable.findMany({ orderBy: { name: 'asc' } });
  if (!row || !other) throw new Error('There are variables.');
  // What was encrypted for one variable is none of another's.
  const vault = await openVault(app.dataDirectory);
  expect(() => variablesOfProject(vault, [{ ...other, locked: row.locked }], new Set())).toThrow();
  const foreign = { ...vault, unlock: () => null };
  expect(() => variablesOfProject(foreign, [row], new Set())).toThrow(
    'the secrets SHOP_PASSWORD of the project are encrypted with a key that this worker does not have',
  );
  await unset(['SHOP_PASSWORD', 'TAP_A_KEY', 'WAREHOUSE']);
});

test('what breaks rules is refused', async () => {
  const variables = [
    { name: 'A B', value: '' },
    { name: 'LD_PRELOAD', value: '/x' },
    { name: 'MELTANO_ENVIRONMENT', value: 'x' },
    { name: 'TWICE', value: '' },
    { name: 'TWICE', value: '' },
  ];
  expect(mistakes(await refused(app, 'setProjectEnv', { project: 'shop', variables }))).toEqual([
    'input.variables.0.name: BAD_NAME',
    'input.variables.1.name: RESERVED',
    'input.variables.2.name: RESERVED',
    'input.variables.4.name: REPEATED',
  ]);
  const one = [{ name: 'A', value: '1' }];
  for (const [verb, more] of [
    ['setProjectEnv', { variables: one }],
    ['unsetProjectEnv', { names: ['A'] }],
  ] as const) {
    const input = { project: 'shop', environment: 'other/dev', ...more };
    expect(mistakes(await refused(app, verb, input))).toEqual(['input.environment: OTHER_PROJECT']);
  }
  const many = Array.from({ length: 100 }, (_, i) => i);
  for (const n of [0, 1, 2, 3, 4]) await set(many.map((i) => ({ name: `N${n}_${i}`, value: '' })));
  expect(mistakes(await refused(app, 'setProjectEnv', { project: 'shop', variables: one }))).toEqual([
    'input.variables: TOO_MANY',
  ]);
  const { statements } = await app.counting(() => set(many.map((i) => ({ name: `N0_${i}`, value: '1' }))));
  expect(statements.length).toBeLessThanOrEqual(11);
});

test('an imported project has them, too', async () => {
  const variables = [{ name: 'A', value: '1' }];
  const query = '{ project(ref: "desk") { variables { nodes { name value } } } }';
  await done(app, 'setProjectEnv', { project: 'desk', variables }, 'project { id }');
  expect(await app.query(query)).toEqual({ project: { variables: { nodes: variables } } });
});
