import { InputCheck, InvalidInput } from '../../errors.ts';
import type { BulkVerb } from '../../store/index.ts';
import { readBulkFilter } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import type { Forcible } from '../states/state-leases.ts';
import { findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface BulkStateFilter {
  ids?: readonly string[] | null | undefined;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  pattern?: string | null | undefined;
  pair?: string | null | undefined;
}

export interface BulkStatesInput extends Forcible {
  filter: BulkStateFilter;
}

export interface BulkTransferInput extends BulkStatesInput {
  /** Id or path of the environment to copy or move the states to. */
  environment: string;
}

/**
 * The id of a state in another environment. Runs begin a state id with the name of their environment: that
 * part becomes the name of the other environment. A state id that does not begin so stays as it is.
 */
export function transferredStateId(stateId: string, from: string, to: string): string {
  return stateId.startsWith(`${from}:`) ? `${to}${stateId.slice(from.length)}` : stateId;
}

export function submitForStates(
  gateway: Gateway,
  verb: BulkVerb,
  { filter, force }: BulkStatesInput,
  to: string | null,
): Promise<string> {
  const { ids, project, environment, pattern, pair } = filter;
  return gateway.transaction(async (tx) => {
    const choice = await readBulkFilter(tx, {
      subject: 'State',
      ids,
      scope: { project, environment },
      conditions: { pattern, pair },
      check: new InputCheck(),
    });
    const target = to === null ? null : await findEnvironment(tx, to, ['input', 'environment']);
    if (target && 'scope' in choice && choice.scope.id === target.id) {
      const message = 'The states are in that environment already; name another one.';
      throw new InvalidInput([{ path: ['input', 'environment'], code: 'SAME_ENVIRONMENT', message }]);
    }
    const options = {
      force: force ?? false,
      ...(target ? { to: encodeGlobalId({ type: 'Environment', id: target.id }) } : {}),
    };
    return submitBulkOperation(gateway, tx, { verb, filter, options, choice });
  });
}
