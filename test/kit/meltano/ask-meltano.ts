import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './python.ts';

/** How a command ended, and what it printed. */
export interface Result {
  exit: number;
  stdout: string;
}

/** Arguments of `meltano`. `edited` is the text to save in the editor that it opens. */
export type Command = (string | { edited: string })[];

/** Calls `meltano state …` with a directory as state backend. */
export async function askMeltano(directory: string, commands: readonly Command[]): Promise<Result[]> {
  const home = await mkdtemp(join(tmpdir(), 'meltano-home-'));
  try {
    await writeFile(join(home, 'meltano.yml'), 'project_id: 0\nenvironments: [{name: dev}]\n');
    const env = { MELTANO_STATE_BACKEND_URI: `file://${directory}/states` };
    return await callMeltano(
      { home, project: home, env },
      commands.map((command) => ['state', ...command]),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

interface Place {
  /** Directory for what Meltano keeps. */
  home: string;
  /** Directory of the project. */
  project: string;
  env?: Record<string, string>;
}

/** Calls the real command line in a project. All the calls share one process, because to start one takes seconds. */
export async function callMeltano(
  { home, project, env }: Place,
  commands: readonly Command[],
): Promise<Result[]> {
  const results = await runPython(program, {
    home,
    args: [project],
    input: JSON.stringify(commands),
    env: { MELTANO_DATABASE_URI: `sqlite:///${home}/meltano.db`, ...env },
  });
  return results as Result[];
}

const program = `
import json, os, sys
from click.testing import CliRunner
from meltano.cli import cli
from meltano.core.project import Project
edits = os.path.abspath('edited.json')
os.chdir(sys.argv[1])
runner = CliRunner()
results = []
for args in json.load(sys.stdin):
    if isinstance(args[-1], dict):
        with open(edits, 'w') as file:
            file.write(args.pop()['edited'])
        os.environ['EDITOR'] = 'cp ' + edits
    Project.deactivate()
    results.append(runner.invoke(cli, args))
print(json.dumps([{'exit': result.exit_code, 'stdout': result.stdout} for result in results]))
`;
