import { Conflict } from '../../errors.ts';
import { listed } from '../../lib/quoted.ts';
import type { Prisma, Run, Statements } from '../../store/index.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import type { StoredVariable } from '../definitions/environment-variables.ts';
import { keyFile, type Vault } from '../../lib/vault/vault.ts';

/** A secret of a run that has ended. `locked` is its value for a retry, encrypted; absent when no retry is possible. */
interface KeptVariable {
  name: string;
  value: null;
  sensitive: true;
  locked?: string;
}

/** A secret that stays in the files of the project, which a worker reads when it starts the run. */
export interface FileVariable {
  name: string;
  value: null;
  sensitive: true;
  fromFile: true;
}

type EndedVariable = StoredVariable | KeptVariable | FileVariable;

/**
 * The variables of a run for its row when it ends: without the values of secrets. What a retry needs of them is
 * encrypted.
 *
 * @returns null when the row can stay as it is
 */
export function variablesAtEnd(
  vault: Vault,
  { id, kind, env }: Pick<Run, 'id' | 'kind' | 'env'>,
  status: Run['status'],
): EndedVariable[] | null {
  const variables = env as unknown as EndedVariable[];
  if (!variables.some(({ sensitive, value }) => sensitive && value !== null)) return null;
  const isRetried = kind !== 'SERVICE' && status !== 'SUCCEEDED';
  return variables.map((variable): EndedVariable => {
    const { name, value, sensitive } = variable;
    if (!sensitive || value === null) return variable;
    const locked = isRetried ? { locked: vault.lock(value, placeOf(id, name)) } : {};
    return { name, value: null, sensitive: true, ...locked };
  });
}

/** Takes the secrets out of the row of a run that has just ended without a worker. */
export async function keepVariables(tx: Statements, vault: Vault, runId: string): Promise<void> {
  const run = await tx.runs.byId(runId);
  if (!run || !hasEnded(run.status)) return;
  const env = variablesAtEnd(vault, run, run.status);
  if (env) await tx.runs.keepVariables(runId, env as Prisma.InputJsonArray);
}

/** The most rows that one call of `keepOldVariables` changes. */
const rowsAtATime = 100;

/** Takes the secrets out of rows of runs that have expired, or ended when an older release did not do it. */
export async function keepOldVariables({ runs }: Statements, vault: Vault): Promise<void> {
  for (const run of await runs.endedWithSecrets(rowsAtATime)) {
    const env = variablesAtEnd(vault, run, run.status);
    if (env) await runs.keepVariables(run.id, env as Prisma.InputJsonArray);
  }
}

/** The variables of a run for its retry. @throws Conflict when they are encrypted with another key */
export function variablesForRetry(
  vault: Vault,
  { id, env }: Pick<Run, 'id' | 'env'>,
  at: readonly string[],
): (StoredVariable | FileVariable)[] {
  const lost: string[] = [];
  const variables = (env as unknown as EndedVariable[]).map((variable): StoredVariable | FileVariable => {
    if ('fromFile' in variable) return variable;
    const { name, value, sensitive } = variable;
    if (value !== null) return { name, value, sensitive };
    const unlocked = 'locked' in variable ? vault.unlock(variable.locked ?? '', placeOf(id, name)) : null;
    if (unlocked === null) lost.push(name);
    return { name, value: unlocked ?? '', sensitive };
  });
  if (lost.length === 0) return variables;
  throw new Conflict(
    `The values of ${listed(lost)} are encrypted with a key that this gateway does not have: that of the data directory of another gateway. Retry the run at that one, or start it again and give them in \`env\`. Gateways that share a database can share the key: give each the same ${keyFile} in its data directory.`,
    at,
  );
}

function placeOf(runId: string, name: string): string {
  return `${runId} ${name}`;
}
