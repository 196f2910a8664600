import { AlreadyExists } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { findTarget } from '../states/transfer-state.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { leasedState, withStateLeases, stateAddress } from '../states/state-leases.ts';
import { findState } from '../naming/references.ts';
import { type Target, checkTarget, remember } from './move-target.ts';

export async function moveState(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  checkTarget(to, ['environment', 'stateId'], 'state').done();
  const path = ['input', 'resource', 'state'];
  const state = await findState(tx, reference, path);
  const stateId = to.stateId ?? state.stateId;
  const { environment, own } = await findTarget(
    tx,
    { environment: to.environment, stateId },
    state.environmentId,
  );
  const from = stateAddress(own, state.stateId, path);
  return withStateLeases(tx, [from, stateAddress(environment, stateId, ['input', 'to'])], async () => {
    const present = await tx.states.byStateId(environment.id, stateId);
    if (present && present.id !== state.id) {
      throw new AlreadyExists(
        `The environment "${environment.name}" has a state "${stateId}" already; copy over it, or choose another id.`,
        ['input', 'to'],
      );
    }
    if (!present) {
      const { id } = await leasedState(tx, { ...from, id: state.id });
      await tx.states.rekey([{ id, environmentId: environment.id, stateId }]);
      await remember(tx, [{ type: 'State', parentId: own.id, name: state.stateId, id: state.id }]);
    }
    return { type: 'State', id: state.id };
  });
}
