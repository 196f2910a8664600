import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { runPython } from '../../kit/meltano/python.ts';
import { projectOf } from '../../manifest/kit.ts';
import { lists, project, split } from './block-lists.ts';

describeWithMeltano('the real Meltano', () => {
  test('takes the block lists that we take, as the blocks that we make of them, and refuses the others', async () => {
    const directory = await projectOf({ 'meltano.yml': project });
    const home = await realpath(await mkdtemp(join(tmpdir(), 'blocks-')));
    const theirs = (await runPython(program, {
      home,
      args: [directory],
      input: JSON.stringify(lists.map(([list]) => split(list))),
    }).finally(() => rm(home, { recursive: true, force: true }))) as (string | null)[];
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
