import { InputCheck } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Updated } from '../updated.ts';
import { checkRetention, retentionOf, type Retention } from '../retention-limits.ts';

export interface SetRetentionInput {
  /** Id or path of the project. */
  project: string;
  /** Null for what the gateway's settings say. */
  retention?: Partial<Record<keyof Retention, number | null | undefined>> | null | undefined;
}

/** Says for how long what the runs of a project leave is kept. @throws NotFound, InvalidInput */
export async function setRetention(gateway: Gateway, input: SetRetentionInput): Promise<Updated> {
  const retention = input.retention == null ? null : retentionOf(input.retention as Partial<Retention>);
  const check = new InputCheck();
  checkRetention(check, retention ?? {});
  check.done();
  return gateway.transaction(async (tx) => {
    const { id } = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    return { id, isChanged: await tx.retention.set(id, retention) };
  });
}
