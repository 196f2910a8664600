import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgetCatalogs, keepCatalogs, restoreCatalogs } from '../../src/runner/catalog-cache.ts';
import { prepareRunDirectory, runDirectoryAt } from '../../src/runner/run-directory.ts';
import { temporaryDirectory } from './kit.ts';

test('installed plugins are linked in one by one, so that the project stays as it is', async () => {
  const projectDirectory = await temporaryDirectory();
  const installed = join(projectDirectory, '.meltano');
  await mkdir(join(installed, 'extractors', 'tap-a', 'venv', 'bin'), { recursive: true });
  await mkdir(join(installed, 'utilities'), { recursive: true });
  await mkdir(join(installed, 'run', 'tap-a'), { recursive: true });
  await symlink(join(installed, 'extractors', 'tap-a'), join(installed, 'utilities', 'shared'));
  await symlink(join(installed, 'gone'), join(installed, 'utilities', 'broken'));
  await writeFile(join(installed, 'extractors', 'file'), '');

  const runDirectory = join(await temporaryDirectory(), 'runs', 'one');
  const { system } = await prepareRunDirectory({ projectDirectory, runDirectory });
  expect(await readdir(join(system, 'extractors', 'tap-a'))).toEqual(['venv']);
  expect((await lstat(join(system, 'extractors'))).isSymbolicLink()).toBe(false);
  expect(await readdir(join(system, 'extractors'))).toEqual(['tap-a']);
  expect(await readdir(join(system, 'utilities'))).toEqual(['shared']);
  expect(await readdir(system)).not.toContain('run');
});

test('a directory that holds a run is not taken for another', async () => {
  const [projectDirectory, runDirectory] = [
    await temporaryDirectory(),
    join(await temporaryDirectory(), 'run'),
  ];
  await prepareRunDirectory({ projectDirectory, runDirectory });
  await expect(prepareRunDirectory({ projectDirectory, runDirectory })).rejects.toThrow('already holds');
});

test('a path that Meltano would read otherwise is refused', () => {
  for (const path of ['runs/one', '/runs/$HOME', '/runs/a?b', '/runs/a#b', '/runs/a%20b']) {
    expect(() => runDirectoryAt(path)).toThrow('absolute path');
  }
});

test('catalogs are kept from run to run, whole or not at all', async () => {
  const [one, two, cache] = [
    await temporaryDirectory(),
    await temporaryDirectory(),
    await temporaryDirectory(),
  ];
  const write = async (plugin: string, files: Record<string, string>): Promise<void> => {
    await mkdir(join(one, 'run', plugin), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(one, 'run', plugin, name), text);
  };
  await write('tap-a', { 'tap.properties.json': '{"streams": []}', 'tap.properties.cache_key': 'key' });
  await write('tap-torn', { 'tap.properties.json': '{"streams"', 'tap.properties.cache_key': 'key' });
  await write('tap-script', { 'tap.properties.json': '{"streams": []}' });
  await keepCatalogs(one, cache);
  expect(await readdir(cache)).toEqual(['tap-a.json']);
  await writeFile(join(cache, 'damaged.json'), '{');

  await restoreCatalogs(cache, two);
  expect(await readdir(join(two, 'run'))).toEqual(['tap-a']);
  expect(await readFile(join(two, 'run', 'tap-a', 'tap.properties.json'), 'utf8')).toBe('{"streams": []}');
  expect(await readFile(join(two, 'run', 'tap-a', 'tap.properties.cache_key'), 'utf8')).toBe('key');
  await forgetCatalogs(cache);
  await restoreCatalogs(cache, await temporaryDirectory());
});
