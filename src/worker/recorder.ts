import type { Milestone } from '../runner/milestone.ts';
import type { ReceivedLine } from '../runner/run-meltano.ts';
import type { RunBlock } from '../store/index.ts';
import type { BlockChange, LinesToStore, MetricChange, NewLine } from '../store/log.ts';
import type { RunToExecute } from '../store/run.ts';
import type { Execution } from './execution.ts';
import { persist } from './persist.ts';

/** Turns the lines of a run into its log, its metrics and the statuses of its blocks. */
export interface Recorder {
  /** Stores lines; when it resolves they are safe. */
  record: (lines: readonly ReceivedLine[]) => Promise<void>;
  /** What went wrong so far, in a sentence; null when nothing did. */
  complaint: () => string | null;
}

export function recorderOf({ services, workerId }: Execution, run: RunToExecute): Recorder {
  const { store } = services;
  let sequence = 0;
  let blockError: string | null = null;
  let lastError: string | null = null;

  const record = async (lines: readonly ReceivedLine[]): Promise<void> => {
    if (lines.length === 0) return;
    const metrics = new Map<string, MetricChange>();
    const blocks = new Map<number, BlockChange>();
    for (const line of lines) {
      if (line.milestone)
        noteMilestone(blocks, run.blocks, line.milestone, line.timestamp ?? line.receivedAt);
      addMetric(metrics, line);
      if (line.milestone?.kind === 'BLOCK_COMPLETED' && !line.milestone.success)
        blockError ??= line.milestone.error;
      if (line.level === 'ERROR' || line.level === 'CRITICAL') lastError = line.message;
    }
    const batch: LinesToStore = {
      runId: run.id,
      workerId,
      first: sequence + 1,
      lines: lines.map(toStore),
      metrics: [...metrics.values()],
      blocks,
    };
    sequence += lines.length;
    await persist(() => store.storeLines(batch));
  };
  return { record, complaint: () => blockError ?? lastError };
}

function toStore({ timestamp, receivedAt, level, plugin, message, fields }: ReceivedLine): NewLine {
  const json = JSON.stringify(fields);
  return { timestamp: timestamp ?? receivedAt, level, plugin, message, fields: json === '{}' ? null : json };
}

// Meltano says when an extract-load pair begins and when any block has ended; a block begins when the
// one before it has ended.
function noteMilestone(
  updates: Map<number, BlockChange>,
  blocks: readonly RunBlock[],
  milestone: Milestone,
  at: Date,
): void {
  const update = (position: number, data: BlockChange): void => {
    const block = blocks[position];
    if (!block) return;
    if (data.status !== undefined) block.status = data.status;
    updates.set(position, { ...updates.get(position), ...data });
  };
  const begin = (position: number): void => update(position, { status: 'RUNNING', startedAt: at });
  switch (milestone.kind) {
    case 'MELTANO_STARTED':
      begin(0);
      break;
    case 'BLOCK_STARTED':
      update(
        blocks.findIndex((block) => block.status === 'RUNNING'),
        { stateId: milestone.stateId, startedAt: at },
      );
      break;
    case 'BLOCK_COMPLETED':
      update(milestone.setNumber, {
        status: milestone.success ? 'SUCCEEDED' : 'FAILED',
        endedAt: at,
        errorMessage: milestone.error,
        exitCodes: milestone.exitCodes,
        durationSeconds: milestone.durationSeconds,
      });
      if (milestone.success) begin(milestone.setNumber + 1);
      break;
    default:
  }
}

// Counters are deltas since the line before, so they are summed. Source: singer_sdk/metrics.py.
function addMetric(metrics: Map<string, MetricChange>, { metric, plugin }: ReceivedLine): void {
  if (!metric || plugin === null) return;
  const stream = metric.stream ?? '';
  const key = JSON.stringify([plugin, stream, metric.metric]);
  const sum = metrics.get(key);
  if (sum) sum.value += metric.value;
  else metrics.set(key, { plugin, stream, name: metric.metric, value: metric.value });
}
