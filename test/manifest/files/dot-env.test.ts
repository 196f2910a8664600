import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bindingsIn, namesOf, readDotEnvNames } from '../../../src/manifest/files/dot-env.ts';
import { projectOf } from '../kit.ts';
import { dotEnvTexts } from './dot-env-texts.ts';

test.each(dotEnvTexts)('the names in %j', (text, names) => {
  expect(namesOf(bindingsIn(text))).toEqual(names);
});

test('a project without the file has no names, nor one with a folder in its place', async () => {
  const project = await projectOf({ 'meltano.yml': '' });
  expect(await readDotEnvNames(project)).toEqual([]);
  await mkdir(join(project, '.env'));
  expect(await readDotEnvNames(project)).toEqual([]);
});

test.each<[text: string, values: string[]]>([
  ['A=1 # one\nB= # none\nC=#x\nD = a#b  \n', ['1', '', '#x', 'a#b']],
  [`A="one\ntwo\\n\\"three\\" \\x" # end\nB='it\\'s \\n'`, ['one\ntwo\n"three" \\x', "it's \\n"]],
  ['A=x\nA=y', ['x', 'y']],
])('the values in %j', (text, values) => {
  expect(bindingsIn(text).map(([, value]) => value)).toEqual(values);
});
