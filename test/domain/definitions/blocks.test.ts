import { describe, expect, test } from 'vitest';
import { pairsOf, parseBlocks, stateIdOf } from '../../../src/domain/definitions/blocks.ts';
import { importedPlugins } from '../../../src/domain/mirror/imported-rows.ts';
import type { KnownPlugin } from '../../../src/domain/definitions/blocks.ts';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import { projectOf } from '../../manifest/kit.ts';
import { lists, project, split } from './block-lists.ts';

/** What Meltano finds out only when the block starts, or passes over: we say so before. */
const stricter: [string, string, ...string[]][] = [
  ['dbt:none', '', 'UNKNOWN_COMMAND'],
  ['bare:go', '', 'UNKNOWN_COMMAND'],
  ['tool:', '', 'UNKNOWN_COMMAND'],
  ['tap-a:test target-b', '', 'UNKNOWN_COMMAND'],
];

async function pluginsIn(directory: string): Promise<KnownPlugin[]> {
  return importedPlugins(await readManifest(directory), '').map(({ data }) => data as unknown as KnownPlugin);
}

describe('a block list', () => {
  test.each([...lists, ...stricter])('%s', async (list, blocks, ...codes) => {
    const read = parseBlocks(split(list), await pluginsIn(await projectOf({ 'meltano.yml': project })));
    expect(read.mistakes.map(({ code }) => code)).toEqual(codes);
    expect(read.blocks.map(({ command }) => command).join('|')).toBe(blocks);
    expect(read.blocks.map(({ position }) => position)).toEqual(read.blocks.map((_, i) => i));
  });

  test('without a block is a mistake', () => {
    expect(parseBlocks([], []).mistakes.map(({ code }) => code)).toEqual(['NO_BLOCKS']);
  });

  test('may name any command of a plugin whose definition is not known', async () => {
    const content = 'plugins:\n  transformers: [{name: dbt}]\n';
    const plugins = await pluginsIn(await projectOf({ 'meltano.yml': content }));
    expect(parseBlocks(['dbt:anything'], plugins)).toMatchObject({
      mistakes: [],
      blocks: [{ kind: 'COMMAND' }],
    });
  });

  test('says what is wrong in a sentence that quotes the name on one line', async () => {
    const plugins = await pluginsIn(await projectOf({ 'meltano.yml': project }));
    expect(parseBlocks(['tap-a', 'tool', 'dbt:no\nne', 'x'.repeat(300)], plugins).mistakes).toEqual([
      {
        code: 'MISSING_LOADER',
        message: 'The extractor "tap-a" needs a loader after it and its mappings, but "tool" follows.',
      },
      { code: 'UNKNOWN_COMMAND', message: 'The plugin "dbt" has no command "no\\nne"; it has run, test.' },
      {
        code: 'UNKNOWN_BLOCK',
        message: `"${'x'.repeat(200)}…" is neither a plugin of the project nor a mapping nor <plugin>:<command>.`,
      },
    ]);
  });

  test('has each pair once, and a state id for it', async () => {
    const plugins = await pluginsIn(await projectOf({ 'meltano.yml': project }));
    const { blocks } = parseBlocks(split('tap-a target-b tool tap-a fold target-b same target-b'), plugins);
    expect(pairsOf(blocks)).toEqual(['tap-a-to-target-b', 'same-to-target-b']);
    expect(stateIdOf('dev', 'a-to-b', null)).toBe('dev:a-to-b');
    expect(stateIdOf('dev', 'a-to-b', 'eu')).toBe('dev:a-to-b:eu');
  });
});
