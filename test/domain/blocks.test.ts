import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { pairsOf, parseBlocks, stateIdOf } from '../../src/domain/blocks.ts';
import { importedPlugins } from '../../src/domain/imported-rows.ts';
import type { KnownPlugin } from '../../src/domain/blocks.ts';
import { describeWithMeltano, meltano } from '../kit/meltano.ts';
import { projectOf } from '../manifest/kit.ts';
import { readManifest } from '../../src/manifest/read-manifest.ts';

const project = `environments: [{name: dev}]
plugins:
  extractors:
  - {name: tap-a, namespace: tap_a}
  - {name: same, namespace: same_tap}
  loaders:
  - {name: target-b, namespace: target_b}
  - {name: same, namespace: same_target}
  mappers:
  - name: map-c
    namespace: map_c
    mappings: [{name: fold}, {name: cut}, {name: tool}, {name: twice}]
  - {name: map-d, namespace: map_d, mappings: [{name: twice}]}
  transformers:
  - {name: dbt, namespace: dbt, commands: {run: run, test: {args: test}}}
  utilities:
  - {name: tool, namespace: tool, commands: {go: --go}}
  - {name: bare, namespace: bare}
`;

/** A block list, what we make of it (`x|y` are the blocks), and the codes of what is wrong. */
const lists: [string, string, ...string[]][] = [
  ['tap-a target-b', 'tap-a target-b'],
  ['tap-a fold target-b', 'tap-a fold target-b'],
  ['tap-a fold cut fold target-b', 'tap-a fold cut fold target-b'],
  ['tap-a target-b tap-a target-b', 'tap-a target-b|tap-a target-b'],
  ['dbt:run tool:go bare', 'dbt:run|tool:go|bare'],
  ['tap-a cut target-b dbt:run dbt:test tool', 'tap-a cut target-b|dbt:run|dbt:test|tool'],
  // A plugin goes before a mapping of its name, and an extractor before a loader.
  ['tool', 'tool'],
  ['same target-b', 'same target-b'],
  ['tap-a tool target-b', 'tool', 'MISSING_LOADER', 'MISPLACED_BLOCK'],
  ['tap-a same', '', 'MISSING_LOADER', 'MISSING_LOADER'],
  ['tap-a', '', 'MISSING_LOADER'],
  ['tap-a fold', '', 'MISSING_LOADER'],
  ['tap-a fold tap-a target-b', 'tap-a target-b', 'MISSING_LOADER'],
  ['tap-a dbt:run', 'dbt:run', 'MISSING_LOADER'],
  ['target-b', '', 'MISPLACED_BLOCK'],
  ['fold target-b', '', 'MISPLACED_BLOCK', 'MISPLACED_BLOCK'],
  ['fold', '', 'MISPLACED_BLOCK'],
  ['map-c', '', 'MISPLACED_BLOCK'],
  ['tap-a map-c target-b', '', 'MISPLACED_BLOCK'],
  ['tap-a twice target-b', '', 'AMBIGUOUS_BLOCK'],
  ['tap-none target-b', '', 'UNKNOWN_BLOCK'],
  ['tap-a target-none', '', 'UNKNOWN_BLOCK'],
  ['tap-a none fold target-b', '', 'UNKNOWN_BLOCK'],
  ['none tool', 'tool', 'UNKNOWN_BLOCK'],
  ['none:run', '', 'UNKNOWN_BLOCK'],
  ['dbt:run:fast', '', 'UNKNOWN_BLOCK'],
  [':run', '', 'UNKNOWN_BLOCK'],
  ['TAP-A target-b', '', 'UNKNOWN_BLOCK'],
];

/** What Meltano finds out only when the block starts, or passes over: we say so before. */
const stricter: [string, string, ...string[]][] = [
  ['dbt:none', '', 'UNKNOWN_COMMAND'],
  ['bare:go', '', 'UNKNOWN_COMMAND'],
  ['tool:', '', 'UNKNOWN_COMMAND'],
  ['tap-a:test target-b', '', 'UNKNOWN_COMMAND'],
];

const split = (list: string): string[] => list.split(' ');

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

describeWithMeltano('the real Meltano', () => {
  test('takes the block lists that we take, as the blocks that we make of them, and refuses the others', async () => {
    const directory = await projectOf({ 'meltano.yml': project });
    const home = await realpath(await mkdtemp(join(tmpdir(), 'blocks-')));
    const { stdout } = await execa(
      join(dirname(await realpath(meltano ?? '')), 'python'),
      ['-W', 'ignore', '-c', program, directory],
      {
        input: JSON.stringify(lists.map(([list]) => split(list))),
        extendEnv: false,
        env: {
          HOME: home,
          PATH: process.env.PATH ?? '',
          MELTANO_SYS_DIR_ROOT: join(home, 'system'),
          MELTANO_PROJECT_READONLY: '1',
          MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
          MELTANO_HUB_URL: 'http://127.0.0.1:9',
        },
      },
    ).finally(() => rm(home, { recursive: true, force: true }));
    const theirs = JSON.parse(stdout.split('\n').at(-1) ?? '') as (string | null)[];
    expect(lists.map(([list], i) => [list, theirs[i]])).toEqual(
      lists.map(([list, blocks, ...codes]) => [list, codes.length > 0 ? null : blocks]),
    );
  });
});

// Meltano keeps no more of a block than its plugins, by the names that they have.
const program = `
import json, logging, sys
import structlog
from meltano.core.block.block_parser import BlockParser
from meltano.core.block.extract_load import ExtractLoadBlocks
from meltano.core.db import project_engine
from meltano.core.migration_service import MigrationService
from meltano.core.project import Project
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
project = Project(sys.argv[1])
project.activate_environment('dev')
MigrationService(project_engine(project)[0]).upgrade(silent=True)
def show(names):
    try:
        parser = BlockParser(structlog.get_logger(), project, names)
        blocks, at = [], 0
        for block in parser.find_blocks():
            count = len(block.blocks) if isinstance(block, ExtractLoadBlocks) else 1
            blocks.append(' '.join(names[at:at + count]))
            at += count
        return '|'.join(blocks)
    except Exception:
        return None
print(json.dumps([show(names) for names in json.load(sys.stdin)]))
`;
