import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingKinds } from '../../../src/manifest/manifest.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { call, done, mistakes } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

test('every kind that Meltano knows can be given, and is shown; a setting may have none', async () => {
  await done(app, 'createProject', { name: 'kinds' }, 'project { id }');
  const kinds = settingKinds.map((kind) => kind.toUpperCase());
  const settings = [
    ...kinds.map((kind) => ({ name: kind.toLowerCase(), kind })),
    { name: 'none' },
    { name: 'cleared', kind: null },
  ];
  const tap = { project: 'kinds', type: 'EXTRACTOR', name: 'tap-k', namespace: 'tap_k', settings };
  const selection = 'plugin { settings { name kind isSensitive } }';
  const { plugin } = await done<{ plugin: { settings: unknown } }>(app, 'createPlugin', tap, selection);
  expect(plugin.settings).toEqual([
    ...kinds.map((kind) => ({
      ...{ name: kind.toLowerCase(), kind },
      isSensitive: ['PASSWORD', 'OAUTH'].includes(kind),
    })),
    { name: 'none', kind: null, isSensitive: false },
    { name: 'cleared', kind: null, isSensitive: false },
  ]);
  const { text } = await done<{ text: string }>(app, 'exportProject', { project: 'kinds' }, 'text');
  for (const kind of settingKinds) expect(text).toContain(`kind: ${kind}\n`);
});

test('a kind that Meltano does not know is refused, as a value and in a meltano.yml', async () => {
  const text =
    'plugins:\n  extractors:\n  - name: tap-k\n    namespace: k\n    settings: [{name: price, kind: money}]\n';
  const refusal = await call<object>(app, 'createProject', { name: 'unknown', text }, 'project { id }');
  expect(mistakes(refusal)).toEqual(['input.text: BAD_MANIFEST']);
  expect(refusal.message).toContain('`money` is no kind of setting');
  const tap = {
    project: 'desk',
    type: 'EXTRACTOR',
    name: 'tap-k',
    settings: [{ name: 'price', kind: 'money' }],
  };
  await expect(call(app, 'createPlugin', tap, 'plugin { id }')).rejects.toThrow('PluginSettingKind');
});
