import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { meltano } from './meltano.ts';

/** How a command ended, and what it printed. */
export interface Result {
  exit: number;
  stdout: string;
}

/** Arguments of `meltano state`, and what is saved in the editor that it opens. */
export type Command = (string | { edited: string })[];

/** Calls `meltano state …` with a directory as state backend: the real command line, many times in one process. */
export async function askMeltano(directory: string, commands: readonly Command[]): Promise<Result[]> {
  const home = await mkdtemp(join(tmpdir(), 'meltano-home-'));
  try {
    await writeFile(join(home, 'meltano.yml'), 'project_id: 0\nenvironments: [{name: dev}]\n');
    const { stdout } = await execa(
      join(dirname(await realpath(meltano ?? '')), 'python'),
      ['-W', 'ignore', '-c', program],
      {
        cwd: home,
        input: JSON.stringify(commands.map((command) => ['state', ...command])),
        extendEnv: false,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: home,
          MELTANO_PROJECT_READONLY: '1',
          MELTANO_SYS_DIR_ROOT: join(home, 'system'),
          MELTANO_DATABASE_URI: `sqlite:///${home}/meltano.db`,
          MELTANO_STATE_BACKEND_URI: `file://${directory}/states`,
          MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
          MELTANO_DISABLE_TRACKING: 'true',
          MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
          NO_COLOR: '1',
        },
      },
    );
    return JSON.parse(stdout) as Result[];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const program = `
import json, os, sys
from click.testing import CliRunner
from meltano.cli import cli
runner = CliRunner()
results = []
for args in json.load(sys.stdin):
    if isinstance(args[-1], dict):
        with open('edited.json', 'w') as file:
            file.write(args.pop()['edited'])
        os.environ['EDITOR'] = 'cp ' + os.path.abspath('edited.json')
    results.append(runner.invoke(cli, args))
print(json.dumps([{'exit': result.exit_code, 'stdout': result.stdout} for result in results]))
`;
