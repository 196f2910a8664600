import { expect, test } from 'vitest';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import { inIncludedFiles, inTwoFiles, twice } from './texts.ts';
import { plugin, problems, projectOf, read } from '../kit.ts';

test('of two things of one name the first is read, with a warning, and the same name for another kind is fine', async () => {
  const manifest = await read(twice);
  expect(manifest.environments.map(({ name, env }) => [name, env.STAGE])).toEqual([['a', 'first']]);
  expect(manifest.plugins.map(({ type, namespace }) => [type, namespace])).toEqual([
    ['EXTRACTOR', 'first'],
    ['LOADER', 'other'],
    ['MAPPER', 'b'],
    ['MAPPER', 'c'],
  ]);
  expect(plugin(manifest, 'a').namespace).toBe('first');
  expect(manifest.jobs.map(({ name, tasks }) => [name, tasks])).toEqual([
    ['j', [['a']]],
    ['folding', [['fold']]],
  ]);
  expect(manifest.schedules.map(({ interval }) => interval)).toEqual(['@daily']);
  expect(manifest.warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '3: The environment `a` is here twice, first at meltano.yml:2, and Meltano ignores this one; rename or remove it.',
    '7: The extractor `a` is here twice, first at meltano.yml:6, and Meltano ignores this one; rename or remove it.',
    '12: The mapping `fold` is here twice, first at meltano.yml:11, so nothing that names it can run; rename or remove one.',
    '15: The job `j` is here twice, first at meltano.yml:14, and Meltano ignores this one; rename or remove it.',
    '16: The job `folding` cannot run: there are 2 mappings called `fold`; rename one.',
    '19: The schedule `a` is here twice, first at meltano.yml:18, and Meltano ignores this one; rename or remove it.',
  ]);
});

test('of a name in `meltano.yml` and in a file that it includes, the one in `meltano.yml` is read', async () => {
  const { jobs, warnings } = await readManifest(await projectOf(inTwoFiles));
  expect(jobs.map(({ tasks }) => tasks)).toEqual([[['first']]]);
  expect(warnings.map(({ file, line }) => `${file}:${line}`)).toContain('more.yml:3');
});

test('a name that is twice in included files is refused, with both places', async () => {
  expect(await problems(await projectOf(inIncludedFiles))).toEqual([
    'c.yml:3: The job `a` is here twice, first at b.yml:2; rename or remove one.',
    'c.yml:4: The job `d` is here twice, first at c.yml:2; rename or remove one.',
  ]);
});
