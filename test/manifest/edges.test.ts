import { expect, test } from 'vitest';
import { effectiveConfig } from '../../src/manifest/effective-config.ts';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { plugin, problems, projectOf, read } from './kit.ts';

test('a setting whose parts come from several places has the source of the strongest', async () => {
  const { plugins, environments } = await read(`environments:
- {name: dev, config: {plugins: {extractors: [{name: a, config: {o: {y: 2}}}]}}}
plugins:
  extractors:
  - {name: a, namespace: a, settings: [{name: o, kind: object}], config: {o: {x: 1}}}
`);
  const a = plugin({ plugins } as never, 'a');
  const values = effectiveConfig(a, { env: {}, dotEnvNames: [], plugins }, environments[0] ?? null);
  expect(values.get('o')).toMatchObject({ value: { x: 1, y: 2 }, source: 'MELTANO_ENVIRONMENT' });
});

test('a setting without a kind, or with an empty one, is a text', async () => {
  const { plugins } = await read(`plugins:
  extractors:
  - {name: a, namespace: a, settings: [{name: none}, {name: empty, kind: ''}, {name: given, kind: file}]}
`);
  expect(plugin({ plugins } as never, 'a').settings.map(({ name, kind }) => [name, kind])).toEqual([
    ['none', null],
    ['empty', null],
    ['given', 'file'],
  ]);
});

test('only files that end with .lock are lock files', async () => {
  const lock = JSON.stringify({ plugin_type: 'extractors', name: 'tap-a', namespace: 'tap_a', variant: 'x' });
  const files = { 'meltano.yml': 'plugins: {extractors: [{name: tap-a}]}\n' };
  // Without its last five letters, its name is that of the plugin, too.
  const other = await projectOf({ ...files, 'plugins/extractors/tap-a.json': lock });
  const locked = await projectOf({ ...files, 'plugins/extractors/tap-a.lock': lock });
  expect(plugin(await readManifest(other), 'tap-a').definition).toBe('UNKNOWN');
  expect(plugin(await readManifest(locked), 'tap-a').definition).toBe('LOCKED');
});

test('an item that is nothing is a mistake in the list', async () => {
  for (const list of ['environments', 'jobs']) {
    const directory = await projectOf({ 'meltano.yml': `${list}: [null]\n` });
    expect(await problems(directory)).toEqual([expect.stringMatching(/^meltano\.yml:1: /)]);
  }
});
