import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { glob } from '../../../src/manifest/files/glob.ts';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import { fixture, plugin, problems, projectOf } from '../kit.ts';

describe('a project of several files', async () => {
  const split = await readManifest(fixture('split'));

  test('lists the files in the order of the patterns, each once', () => {
    expect(split.files).toEqual([
      'meltano.yml',
      'settings/environments.meltano.yml',
      'loading/load_1.yml',
      'teams/billing/billing.yml',
      'teams/billing/reports/reports.yml',
      'teams/sales/sales.yml',
    ]);
  });

  test('joins lists and merges mappings, a later value in the place of an earlier', () => {
    expect(split.jobs.map(({ name }) => name)).toEqual(['notify-done', 'billing', 'sales']);
    expect(split.plugins.map(({ name }) => name)).toEqual([
      ...['notify', 'forecast', 'target-lake', 'tap-invoices', 'tap-reports', 'tap-sales'],
    ]);
    expect(split.env).toEqual({ ORIGIN: 'main', SHARED: 'settings' });
    expect(split.settings).toMatchObject({ cli: { log_level: 'warning' } });
    expect(split.environments.map(({ name }) => name)).toEqual(['dev', 'prod']);
  });

  test('says of each thing which file it is in', () => {
    expect(plugin(split, 'tap-reports').location).toEqual({
      file: 'teams/billing/reports/reports.yml',
      line: 3,
    });
    expect(split.schedules.map(({ location }) => location)).toEqual([
      { file: 'teams/billing/billing.yml', line: 12 },
      { file: 'teams/sales/sales.yml', line: 16 },
    ]);
    expect(plugin(split, 'forecast').location).toEqual({ file: 'teams/sales/sales.yml', line: 7 });
  });

  test('lets a plugin inherit from one in another file', () => {
    expect(plugin(split, 'tap-reports')).toMatchObject({
      definition: 'INHERITED',
      executable: 'bin/tap-invoices',
    });
    expect(split.warnings).toEqual([]);
  });

  test('refuses a file outside, reached by dots or by a symbolic link', async () => {
    const outside = await projectOf({ 'secret.yml': 'jobs: []\n', 'folder/inner.yml': 'jobs: []\n' });
    const project = await projectOf({
      'meltano.yml': 'include_paths:\n- link.yml\n- linked/*.yml\n- ../*/secret.yml\n- ./own.yml\n',
      'own.yml': 'jobs: []\n',
    });
    await symlink(join(outside, 'secret.yml'), join(project, 'link.yml'));
    await symlink(join(outside, 'folder'), join(project, 'linked'));
    const found = await problems(project);
    expect(found).toContain('meltano.yml:2: `link.yml` lies outside the project; move it inside.');
    expect(found).toContain('meltano.yml:3: `linked/inner.yml` lies outside the project; move it inside.');
    expect(found.filter((line) => line.startsWith('meltano.yml:4: `../')).length).toBeGreaterThan(0);
    expect(found.filter((line) => line.includes('own.yml'))).toEqual([]);
  });

  test('refuses `meltano.yml` itself if it is a link to the outside', async () => {
    const outside = await projectOf({ 'meltano.yml': 'jobs: []\n' });
    const project = await projectOf({});
    await symlink(join(outside, 'meltano.yml'), join(project, 'meltano.yml'));
    expect(await problems(project)).toEqual([
      'meltano.yml:1: `meltano.yml` lies outside the project; move it inside.',
    ]);
  });

  test('takes a link that stays inside', async () => {
    const project = await projectOf({
      'meltano.yml': 'include_paths: [linked.yml]\n',
      'real/jobs.yml': 'jobs: [{name: a, tasks: []}]\n',
    });
    await symlink('real/jobs.yml', join(project, 'linked.yml'));
    const { files, jobs } = await readManifest(project);
    expect({ files, jobs: jobs.length }).toEqual({ files: ['meltano.yml', 'linked.yml'], jobs: 1 });
  });

  test('says everything that is wrong in every file, in the order of the files', async () => {
    const project = await projectOf({
      'meltano.yml': [
        'jobs: []',
        'include_paths: ["*.part.yml", "folder*", "/etc/*.yml", "deep/**", 5]',
        'plugins: {extractors: [], loaders: []}',
        '',
      ].join('\n'),
      'a.part.yml': 'jobs:\n',
      'b.part.yml': '',
      'c.part.yml': '- a\n',
      'd.part.yml': 'x: 1\ny: @daily\n',
      'e.part.yml': 'plugins: []\n',
      'folder/file.txt': '',
    });
    const found = await problems(project);
    expect(found).toEqual([
      'meltano.yml:2: The pattern `/etc/*.yml` cannot be used: it is absolute; write it relative to the project.',
      'meltano.yml:2: The pattern `deep/**` cannot be used: it matches folders; end it with the names of files, such as `*.yml`.',
      'meltano.yml:2: A pattern of `include_paths` has to be text; put it in quotes.',
      'meltano.yml:2: `folder` is not a regular file; name files only.',
      'a.part.yml:1: `jobs` is empty, which Meltano refuses in an included file; remove it or give it items.',
      'b.part.yml:1: The file is empty; Meltano needs at least one key in it.',
      'c.part.yml:1: The file has to hold a mapping of keys to values.',
      'd.part.yml:2: This is not valid YAML: Plain value cannot start with reserved character @. Put the value in quotes.',
      'e.part.yml:1: `plugins` is a list here and something else at meltano.yml:3; make them alike.',
    ]);
  });

  test('warns of a pattern that no file matches', async () => {
    const { warnings } = await readManifest(
      await projectOf({ 'meltano.yml': 'include_paths:\n- none/*.yml\n' }),
    );
    expect(warnings).toEqual([
      {
        file: 'meltano.yml',
        line: 2,
        message: 'No file matches `none/*.yml`; correct or remove the pattern.',
      },
    ]);
  });
});

describe('a pattern', () => {
  const files = [
    'a.yml',
    'b.yaml',
    'ab.yml',
    '.hidden.yml',
    'x/a.yml',
    'x/y/a.yml',
    'x-1/a.yml',
    'x-2/b.yml',
    'x]/c.yml',
  ];

  test.each([
    ['*.yml', ['.hidden.yml', 'a.yml', 'ab.yml']],
    ['?.yml', ['a.yml']],
    ['[ab].y*ml', ['a.yml', 'b.yaml']],
    ['[!a]*', ['.hidden.yml', 'b.yaml', 'x', 'x-1', 'x-2', 'x]']],
    ['x-[0-9]/*.yml', ['x-1/a.yml', 'x-2/b.yml']],
    ['x[]]/*', ['x]/c.yml']],
    ['**/a.yml', ['a.yml', 'x-1/a.yml', 'x/a.yml', 'x/y/a.yml']],
    ['x/**/*.yml', ['x/a.yml', 'x/y/a.yml']],
    ['./x//a.yml', ['x/a.yml']],
    ['a.yml/b', []],
    ['A.yml', []],
    ['*a*a*a*a*a*a*a*a*a*a*b', []],
  ])('%s matches what it matches in Python', async (pattern, expected) => {
    const project = await projectOf(Object.fromEntries(files.map((file) => [file, ''])));
    expect(await glob(project, pattern)).toEqual(expected);
  });

  test('does not follow a link to a folder at `**`', async () => {
    const project = await projectOf({ 'a/x.yml': '' });
    await symlink('..', join(project, 'a/loop'));
    await mkdir(join(project, 'a/b'));
    await writeFile(join(project, 'a/b/y.yml'), '');
    expect(await glob(project, '**/*.yml')).toEqual(['a/b/y.yml', 'a/x.yml']);
  });
});
