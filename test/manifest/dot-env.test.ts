import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesIn, readDotEnvNames } from '../../src/manifest/dot-env.ts';
import { projectOf } from './kit.ts';
import { dotEnvTexts } from './dot-env-texts.ts';

test.each(dotEnvTexts)('the names in %j', (text, names) => {
  expect(namesIn(text)).toEqual(names);
});

test('a project without the file has no names, nor one with a folder in its place', async () => {
  const project = await projectOf({ 'meltano.yml': '' });
  expect(await readDotEnvNames(project)).toEqual([]);
  await mkdir(join(project, '.env'));
  expect(await readDotEnvNames(project)).toEqual([]);
});
