import { execa } from 'execa';
import { inheritedEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import type { StartFailure } from './process/program.ts';

/** The version of an installed Meltano, or why it is not known. */
export type MeltanoVersion = { version: string; failure: null } | { version: null; failure: StartFailure };

/** Asks a Meltano for its version, such as `4.4.1`. The limit is 30 seconds; it takes about one. */
export async function meltanoVersion(executable: string, baseEnv: Environment): Promise<MeltanoVersion> {
  const env = { ...inheritedEnvironment(baseEnv), NO_COLOR: '1' };
  const result = await execa(executable, ['--version'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 30_000,
    maxBuffer: 100_000,
  });
  const version = /^meltano, version (\S+)/m.exec(result.stdout)?.[1];
  if (!result.failed && version !== undefined) return { version, failure: null };
  const code = result.code ?? (result.timedOut ? 'ETIMEDOUT' : 'NOT_MELTANO');
  if (code === 'ENOENT') return failure(code, `meltano was not found: ${executable}`);
  if (code === 'EACCES') return failure(code, `meltano may not be executed: ${executable}`);
  if (code === 'ETIMEDOUT') return failure(code, `meltano did not tell its version in 30 s: ${executable}`);
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-500);
  return failure(code, `${executable} did not tell a version of meltano but: ${said}`);
}

function failure(code: string, message: string): MeltanoVersion {
  return { version: null, failure: { code, message } };
}
