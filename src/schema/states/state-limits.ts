import { documentLimits } from '../../domain/states/documents/check-state.ts';
import { stateIdLength } from '../../domain/states/state-leases.ts';

/** The maximum of a state document, which `readStateDocument` refuses together with all else that is wrong in it. */
export const documentLimit = { maxLength: documentLimits.length, checkedBy: 'VERB' } as const;

/** The maximum of a state id, which `checkStateId` refuses. */
export const stateIdLimit = { maxLength: stateIdLength, checkedBy: 'VERB' } as const;
