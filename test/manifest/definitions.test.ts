import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { fixture, plugin, problems, projectOf } from './kit.ts';

function lock(name: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ plugin_type: 'extractors', name, namespace: name.replaceAll('-', '_'), ...more });
}

/** The folders that are listed from now on, until the test ends. */
function listedFolders(): string[] {
  const listed: string[] = [];
  const { readdir } = fs;
  const replace = (value: unknown): void => {
    Object.assign(fs, { readdir: value });
    // Makes it the one that modules have imported by its name.
    syncBuiltinESMExports();
  };
  replace((...args: Parameters<typeof readdir>) => {
    listed.push(String(args[0]));
    return readdir(...args);
  });
  onTestFinished(() => replace(readdir));
  return listed;
}

describe('the definition of a plugin', async () => {
  const locked = await readManifest(fixture('locked'));

  test('comes from a lock file for each of the eight types', () => {
    const defined = locked.plugins.filter(({ definition }) => definition === 'LOCKED');
    expect(new Set(defined.map(({ type }) => type)).size).toBe(8);
    expect(locked.files.filter((file) => file.endsWith('.lock'))).toHaveLength(10);
    expect(locked.warnings).toEqual([]);
  });

  test('leaves the last word to the own entry, setting by setting', () => {
    const base = plugin(locked, 'tap-base');
    expect(base).toMatchObject({
      definition: 'LOCKED',
      variant: 'acme',
      pipUrl: 'tap-base==9.9.9',
      executable: 'tap-base-cli',
      namespace: 'tap_base',
      label: 'Base',
      docs: 'https://example.com/base',
      repo: 'https://example.com/base.git',
      logoUrl: '/base.png',
      capabilities: ['catalog', 'discover'],
      settingGroups: [['endpoint']],
      requires: { files: [{ name: 'files-base', variant: 'acme' }] },
      extras: { select: ['a.*'] },
      extraDefaults: { select: ['*.*', '!*.internal'], ext_repo: 'https://example.com/ext' },
    });
    expect(base.settings.map(({ name, value, sensitive }) => ({ name, value, sensitive }))).toEqual([
      { name: 'endpoint', value: null, sensitive: false },
      { name: 'token', value: null, sensitive: true },
      { name: 'limits.rows', value: 5, sensitive: false },
      { name: 'private', value: null, sensitive: true },
      { name: 'region', value: 'eu', sensitive: false },
      { name: 'extra_setting', value: null, sensitive: false },
    ]);
  });

  test('leaves out the `env` of a lock file, which Meltano never hands on', () => {
    expect(plugin(locked, 'tap-base').env).toEqual({});
  });

  test('is inherited through several plugins, with a namespace and a label of the own name', () => {
    expect(plugin(locked, 'tap-child')).toMatchObject({
      definition: 'INHERITED',
      inheritFrom: 'tap-base',
      variant: 'acme',
      pipUrl: 'tap-base==9.9.9',
      executable: 'tap-base-cli',
      namespace: 'tap_child',
      label: 'Base: tap-child',
      commands: [
        { name: 'probe', args: '--probe-child' },
        { name: 'about', args: '--about' },
      ],
      config: { 'limits.rows': 11, region: null },
      extras: {},
    });
    expect(plugin(locked, 'tap-grandchild')).toMatchObject({
      definition: 'INHERITED',
      namespace: 'grandchild',
      label: 'Grandchild',
      capabilities: ['state'],
      env: {},
      extras: { metadata: { '*': { 'replication-method': 'FULL_TABLE' } } },
    });
    expect(plugin(locked, 'tap-grandchild').settings.at(-1)).toMatchObject({
      name: 'depth',
      kind: 'integer',
    });
    expect(plugin(locked, 'tap-grandchild').settings).toHaveLength(7);
  });

  test('comes from a lock file if a plugin that inherits has a variant of its own', () => {
    expect(plugin(locked, 'tap-other-variant')).toMatchObject({
      definition: 'LOCKED',
      executable: 'tap-other',
      label: 'Other: tap-other-variant',
      settings: [],
    });
  });

  test('makes the program of a plugin that inherits the one of its parent', () => {
    expect(plugin(locked, 'map-base').executable).toBe('map-base');
    expect(plugin(locked, 'tap-plain').executable).toBeNull();
    expect(plugin(locked, 'checker-strict')).toMatchObject({
      executable: 'checker',
      commands: [{ args: 'all' }, { args: '--list' }],
    });
  });

  test('keeps extras and their defaults apart', () => {
    expect(plugin(locked, 'dbt-models')).toMatchObject({
      extras: { vars: { schema: 'raw' } },
      extraDefaults: { vars: { schema: "{{ env_var('DBT_SCHEMA') }}" }, package_name: 'models' },
    });
  });

  test('is unknown, with a warning, if nothing in the project has it', async () => {
    const project = await projectOf({
      'meltano.yml': [
        'plugins:',
        '  extractors:',
        '  - name: tap-a',
        '  - {name: tap-b, inherit_from: tap-none, capabilities: [state]}',
        '  - {name: tap-c, variant: v, inherit_from: tap-a}',
        '  - {name: tap-d, inherit_from: tap-d, namespace: own}',
        '',
      ].join('\n'),
    });
    const { plugins, warnings } = await readManifest(project);
    expect(plugins.map(({ definition }) => definition)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'CUSTOM']);
    expect(plugins[1]).toMatchObject({ capabilities: ['state'], namespace: 'tap_b', settings: [] });
    expect(warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '3: The extractor `tap-a` has no lock file, so its definition is unknown; run `meltano lock`.',
      '4: The extractor `tap-b` inherits from `tap-none`, which is no extractor here, and has no lock file, so its definition is unknown; run `meltano lock`.',
      '5: The extractor `tap-c` inherits from `tap-a` and has no lock file of its variant `v`, so its definition is unknown; run `meltano lock`.',
    ]);
  });

  test('comes from the only lock file there is, with a warning, if no variant is named', async () => {
    const project = await projectOf({
      'meltano.yml': 'plugins:\n  extractors:\n  - name: tap-a\n  - name: tap-b\n  - name: tap-c\n',
      'plugins/extractors/tap-a--acme.lock': lock('tap-a', { variant: 'acme', label: 'A' }),
      'plugins/extractors/tap-a--x--acme.lock': lock('tap-a--x'),
      'plugins/extractors/tap-b--one.lock': lock('tap-b'),
      'plugins/extractors/tap-b--two.lock': lock('tap-b'),
      'plugins/extractors/tap-c.lock': lock('tap-c', { label: 'C' }),
    });
    const { plugins, warnings } = await readManifest(project);
    expect(plugins).toMatchObject([
      { definition: 'LOCKED', variant: 'acme', label: 'A' },
      { definition: 'UNKNOWN', label: null },
      { definition: 'LOCKED', label: 'C' },
    ]);
    expect(warnings.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(warnings[0]?.message).toContain('`plugins/extractors/tap-a--acme.lock`');
  });

  test('takes one look at each folder of lock files, however many plugins name no variant', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `plugin-${i}`);
    const entries = names.map((name) => `  - name: ${name}\n`).join('');
    const project = await projectOf({
      'meltano.yml': `plugins:\n  extractors:\n${entries}  loaders:\n${entries}`,
      ...Object.fromEntries(names.map((name) => [`plugins/extractors/${name}--acme.lock`, lock(name)])),
      ...Object.fromEntries(names.map((name) => [`plugins/loaders/${name}--acme.lock`, lock(name)])),
    });
    const listed = listedFolders();
    const { plugins } = await readManifest(project);
    expect(plugins.filter(({ definition }) => definition === 'LOCKED')).toHaveLength(100);
    expect(listed.filter((folder) => folder.startsWith(project)).sort()).toEqual([
      join(project, 'plugins/extractors'),
      join(project, 'plugins/loaders'),
    ]);
  });

  test('is an error if plugins inherit in a circle, told once', async () => {
    const project = await projectOf({
      'meltano.yml':
        'plugins:\n  extractors:\n  - {name: a, inherit_from: b}\n  - {name: b, inherit_from: c}\n  - {name: c, inherit_from: a}\n',
    });
    expect(await problems(project)).toEqual([
      'meltano.yml:3: Plugins inherit in a circle: `a` from `b` from `c` from `a`; break it.',
    ]);
  });

  test('is an error if its lock file is broken, told once for all who use it', async () => {
    const project = await projectOf({
      'meltano.yml':
        'plugins:\n  extractors:\n  - {name: a, variant: v}\n  - {name: b, variant: v, inherit_from: a}\n  - {name: c, variant: v}\n  - {name: d, variant: v}\n',
      'plugins/extractors/a--v.lock': '{\n  "name": "a",\n  oops\n}\n',
      'plugins/extractors/c--v.lock': '{"plugin_type": "extractors", "name": "c"}',
      'plugins/extractors/d--v.lock': '[]',
    });
    expect(await problems(project)).toEqual([
      'plugins/extractors/a--v.lock:3: This is not valid JSON; write the lock file anew with `meltano lock --update`.',
      'plugins/extractors/c--v.lock:1: The lock file has no `namespace`; write it anew with `meltano lock --update`.',
      'plugins/extractors/d--v.lock:1: A lock file has to hold a mapping; write it anew with `meltano lock --update`.',
    ]);
  });

  test('is never looked for outside the folder of lock files', async () => {
    const project = await projectOf({
      'meltano.yml': 'plugins:\n  extractors:\n  - {name: a, inherit_from: ../../a, variant: v}\n',
      'a--v.lock': lock('a'),
    });
    expect((await readManifest(project)).plugins[0]?.definition).toBe('UNKNOWN');
  });
});
