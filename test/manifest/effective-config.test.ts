import { expect, test } from 'vitest';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { configOf, fixture, plugin, read } from './kit.ts';

const locked = await readManifest(fixture('locked'));
const shop = await readManifest(fixture('shop'));

test('values are inherited by dotted name, and an empty one does not hide the value of the parent', () => {
  expect(configOf(plugin(locked, 'tap-grandchild'), locked.plugins)).toEqual({
    endpoint: 'https://base.example.com',
    'limits.rows': 11,
    'limits.bytes': 20,
    _select: ['a.*'],
    '_metadata.*.replication-method': 'FULL_TABLE',
  });
});

test('an environment wins at each plugin, that of the parent included', () => {
  const [dev] = locked.environments;
  expect(configOf(plugin(locked, 'tap-grandchild'), locked.plugins, dev)).toMatchObject({
    region: 'dev',
    depth: 3,
    'limits.rows': 11,
  });
  const prod = shop.environments.find(({ name }) => name === 'prod') ?? null;
  expect(configOf(plugin(shop, 'tap-orders'), shop.plugins, prod)).toMatchObject({
    'api.page_size': 500,
    _select: ['orders.*'],
  });
  expect(configOf(plugin(shop, 'tap-orders--returns'), shop.plugins, prod)).toMatchObject({
    'api.page_size': 50,
    'api.timeout': 5,
    _select: ['returns.*'],
  });
});

test('a value under an alias is that of its setting', async () => {
  const project = await read(`plugins:
  extractors:
  - {name: a, namespace: a, settings: [{name: url, aliases: [endpoint]}], config: {url: old}}
  - {name: b, inherit_from: a, config: {endpoint: new}}
`);
  expect(configOf(plugin(project, 'b'), project.plugins)).toEqual({ url: 'new' });
});

test('a plugin without any values has none', async () => {
  const project = await read('plugins:\n  files: [{name: a, namespace: a, config: {x: {}}}]\n');
  expect(configOf(plugin(project, 'a'), project.plugins)).toEqual({ x: {} });
});
