import { quoted } from '../../lib/quoted.ts';
import { scheduleIdInLeaseKey, stateIdInLeaseKey } from '../../store/leases/lease-keys.ts';
import type { WaitFacts, WorkerCounts } from '../../store/leases/wait-facts.ts';

/** Why a run waits, for programs. */
export type WaitReasonCode =
  | 'NOT_BEFORE'
  | 'LIMIT'
  | 'POSITION'
  | 'SLOTS'
  | 'STATE_HELD'
  | 'PLUGINS_HELD'
  | 'SCHEDULE_HELD'
  | 'WORKER_MISSING';

/** One reason why a run waits. */
export interface WaitReason {
  code: WaitReasonCode;
  message: string;
  /** The run in the way. */
  runId: string | null;
  stateId: string | null;
  /** How many runs are before it. */
  ahead: number | null;
}

const without = { runId: null, stateId: null, ahead: null };

/** Why a queued run waits; empty when a worker is about to take it. */
export function waitReasons(facts: WaitFacts): WaitReason[] {
  const { leases, limits, workers, ahead, labels } = facts;
  const held = [...notBefore(facts), ...limits.map(limitedBy), ...leases.map(heldBy)];
  if (workers.able === 0)
    return [...held, { ...without, code: 'WORKER_MISSING', message: whatIsMissing(workers, labels) }];
  if (workers.free > 0) return held;
  const message = 'All slots are taken of the workers that can execute it.';
  const slots: WaitReason = { ...without, code: 'SLOTS', message };
  // What holds a lease comes first, whatever its place in the queue.
  return held.length > 0 ? [...held, slots] : [slots, ...positionOf(ahead)];
}

function notBefore({ runAt }: WaitFacts): WaitReason[] {
  if (runAt === null) return [];
  const message = `It is not to start before ${new Date(runAt).toISOString()}.`;
  return [{ ...without, code: 'NOT_BEFORE', message }];
}

function limitedBy({ scope, label, maxRuns }: WaitFacts['limits'][number]): WaitReason {
  const what = scope === 'LABEL' ? `label ${quoted(label ?? '')}` : scope.toLowerCase();
  const message = `As many runs of its ${what} are executed as the limit allows, which is ${maxRuns}.`;
  return { ...without, code: 'LIMIT', message };
}

function positionOf(ahead: number | null): WaitReason[] {
  if (ahead === 0) return [];
  const before = ahead === null ? 'More than 1,000 runs' : ahead === 1 ? 'One run' : `${ahead} runs`;
  return [{ ...without, code: 'POSITION', ahead, message: `${before} that can start too come first.` }];
}

function heldBy({ key, runId }: WaitFacts['leases'][number]): WaitReason {
  const stateId = stateIdInLeaseKey(key);
  if (stateId !== null) {
    const holder = runId === null ? 'A mutation' : 'Another run';
    const message = `${holder} holds the state id ${stateId}; this run starts when it ends.`;
    return { ...without, code: 'STATE_HELD', runId, stateId, message };
  }
  if (scheduleIdInLeaseKey(key) !== null) {
    const message = 'An earlier run of the same schedule has not ended; this one starts when it ends.';
    return { ...without, code: 'SCHEDULE_HELD', runId, message };
  }
  const message = "Another run is installing the project's plugins; this one starts when it ends.";
  return { ...without, code: 'PLUGINS_HELD', runId, message };
}

function whatIsMissing({ alive, labelled, withProject }: WorkerCounts, labels: readonly string[]): string {
  if (alive === 0)
    return 'No worker is there that takes runs: each gateway has --slots 0, is drained, or is silent.';
  if (labelled === 0) return `No worker has all of the labels ${labels.map(quoted).join(', ')}.`;
  if (withProject === 0) return "No worker has the project's directory; start one with --project NAME=DIR.";
  return 'The workers that have the project have other files than those that were imported: apply the project, or bring their files up to date.';
}
