import { dirname, join } from 'node:path';
import { realpath } from 'node:fs/promises';
import { execa } from 'execa';
import { meltano } from './meltano.ts';

/** The variables of a Meltano that works offline and keeps everything of its own in a directory. */
export function privateEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    MELTANO_SYS_DIR_ROOT: join(home, 'system'),
    MELTANO_PROJECT_READONLY: '1',
    MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
    MELTANO_DISABLE_TRACKING: 'true',
    MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
    MELTANO_HUB_URL: 'http://127.0.0.1:9',
    NO_COLOR: '1',
  };
}

/** What a program gets. */
interface Given {
  args?: readonly string[];
  input?: string;
  /** Working directory, and the home of what Meltano keeps. */
  home: string;
  /** Further variables. */
  env?: Record<string, string>;
}

/** Runs a program with the Python of the real Meltano, which can import Meltano. @returns the JSON it prints last */
export async function runPython(program: string, { args = [], input, home, env }: Given): Promise<unknown> {
  const interpreter = join(dirname(await realpath(meltano ?? '')), 'python');
  const { stdout } = await execa(interpreter, ['-W', 'ignore', '-c', program, ...args], {
    cwd: home,
    extendEnv: false,
    env: { ...privateEnvironment(home), ...env },
    timeout: 300_000,
    ...(input === undefined ? {} : { input }),
  });
  // Without its command line, Meltano logs to the same stream.
  return JSON.parse(stdout.split('\n').at(-1) ?? '');
}
