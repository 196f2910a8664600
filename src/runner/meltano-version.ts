import { inheritedEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { startMeltano } from './process/process.ts';
import type { StartFailure } from './process/program.ts';

/** The version of an installed Meltano, or why it is not known. */
export type MeltanoVersion = { version: string; failure: null } | { version: null; failure: StartFailure };

/** How long it may take, in milliseconds, and to end when it is asked to. It takes about a second. */
const limitMs = 30_000;
const graceMs = 1000;

/** Characters of its output that are read. */
const mostRead = 100_000;

/** Asks a Meltano for its version, such as `4.4.1`. It ends with this process, like a run. */
export async function meltanoVersion(executable: string, baseEnv: Environment): Promise<MeltanoVersion> {
  let said = '';
  const program = await startMeltano<string>({
    ...{ executable, args: ['--version'], cwd: '.' },
    env: { ...inheritedEnvironment(baseEnv), NO_COLOR: '1' },
    parse: ({ text }) => text,
    onLines: (lines) => {
      if (said.length < mostRead) said += `${lines.join('\n')}\n`;
    },
  });
  const timer = setTimeout(() => void program.stop({ graceMs }), limitMs);
  const { exitCode, failedToStart, stopRequested } = await program.outcome;
  clearTimeout(timer);
  if (failedToStart) return { version: null, failure: failedToStart };
  const version = /^meltano, version (\S+)/m.exec(said)?.[1];
  if (exitCode === 0 && version !== undefined) return { version, failure: null };
  if (stopRequested)
    return failure('ETIMEDOUT', `meltano did not tell its version in ${limitMs / 1000} s: ${executable}`);
  return failure(
    'NOT_MELTANO',
    `${executable} did not tell a version of meltano but: ${said.trim().slice(-500)}`,
  );
}

function failure(code: string, message: string): MeltanoVersion {
  return { version: null, failure: { code, message } };
}
