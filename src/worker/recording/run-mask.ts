import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { maskOf } from '../../domain/secrets/mask.ts';
import { runSecrets, type GivenVariable } from '../../domain/secrets/run-secrets.ts';
import { inheritedEnvironment, inheritedByInstalls } from '../../runner/environment.ts';
import type { Mask } from '../../lib/text-search/mask.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';

/** The most characters of secrets that are looked for in the lines of a run. */
const mostCharacters = 200_000;

/**
 * Makes what hides the secrets of a run in all that it writes. Call it when the project's files are written.
 *
 * @throws Error when the run has too many secrets to hide
 */
export async function maskFor({ baseEnv, passEnv }: Execution, run: RunToExecute): Promise<Mask> {
  const inherited = inheritedEnvironment(baseEnv, [...inheritedByInstalls, ...passEnv]);
  const own = (run.env as unknown as StoredVariable[]).map(({ name, value, sensitive }): GivenVariable => [
    name,
    value,
    sensitive,
  ]);
  const secrets = await runSecrets(run.project.directory, [...own, ...Object.entries(inherited)]);
  const characters = secrets.reduce((sum, { length }) => sum + length, 0);
  if (characters > mostCharacters) {
    throw new Error(
      `the secrets in its configuration have ${characters} characters together, and at most ${mostCharacters} can be hidden in its log; give large ones as the path of a file.`,
    );
  }
  return maskOf(secrets);
}
