import { waitReasons, type WaitReason } from '../../domain/runs/wait-reasons.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { WaitReasonCode } from '../enums.ts';
import { findById } from '../find-row.ts';
import { perRequest } from '../per-request.ts';
import { Run } from './run.ts';

const WaitReasonType = builder.objectRef<WaitReason>('WaitReason').implement({
  description: 'One reason why a run has not started yet.',
  fields: (t) => ({
    code: t.expose('code', { type: WaitReasonCode, description: 'The reason, for programs.' }),
    message: t.exposeString('message', { description: 'The reason, as a sentence.' }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that is in the way. Null when none is, and when it is gone.',
      resolve: ({ runId }, _args, context, info) =>
        runId === null ? null : findById(context, info, 'Run', runId),
    }),
    stateId: t.exposeString('stateId', {
      nullable: true,
      description: 'The state id of STATE_HELD. Null for any other reason.',
    }),
    ahead: t.exposeInt('ahead', {
      nullable: true,
      description:
        'For POSITION: the number of runs that are before it. Null when there are more than 1,000.',
    }),
  }),
});

/** The reasons of all runs of an answer, in one statement. */
const reasonsOf = perRequest<string, WaitReason[]>(
  async ({ store }, ids) => {
    const found = new Map((await store.waitFacts.of(ids)).map((facts) => [facts.id, waitReasons(facts)]));
    return ids.map((id) => found.get(id) ?? []);
  },
  (id) => id,
);

builder.prismaObjectField(Run, 'waitReasons', (t) =>
  t.field({
    type: [WaitReasonType],
    description:
      'Why a QUEUED run has not started yet, by the rules by which workers take runs. Empty when one is about to take it, and for a run that has started or ended.',
    ...needs('id', 'status'),
    resolve: ({ id, status }, _args, context) => (status === 'QUEUED' ? reasonsOf(context, id) : []),
  }),
);
