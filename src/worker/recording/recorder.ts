import type { BlockCompleted, MeltanoEvent, PluginExit } from '../../runner/output/meltano-event.ts';
import type { ReceivedLine } from '../../runner/run-meltano.ts';
import type { RunBlock } from '../../store/index.ts';
import type { BlockChange, LinesToStore, MetricChange, NewLine } from '../../store/runs/logs.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import { bySharedClock } from '../../lib/shared-clock.ts';
import { childErrors, isConsequence } from './child-errors.ts';
import type { Execution } from '../execution.ts';
import type { RunWriter } from '../run-writer.ts';

/** Turns the lines of a run into its log, its metrics and the statuses of its blocks. */
export interface Recorder {
  /** Stores lines. They are stored, or kept on disk, when it resolves. */
  record: (lines: readonly ReceivedLine[]) => Promise<void>;
  /** The error so far, as a sentence; null when there was none. */
  complaint: () => string | null;
  /** The block that was running when Meltano gave up without reporting its end; null when there is none. */
  brokenOff: () => { position: number; errorMessage: string | null } | null;
}

/** The events that come only when Meltano has begun with a block. */
const beginnings: ReadonlySet<MeltanoEvent['kind']> = new Set([
  'BLOCK_STARTED',
  'BLOCK_COMPLETED',
  'RUN_COMPLETED',
]);

export function recorderOf(
  { workerId }: Pick<Execution, 'workerId'>,
  run: RunToExecute,
  { writeLines }: Pick<RunWriter, 'writeLines'>,
): Recorder {
  let sequence = 0;
  let blockError: string | null = null;
  let lastError: string | null = null;
  /** Whether Meltano has accepted the blocks and has begun with the first one. */
  let hasBegun = false;
  const children = childErrors();

  const record = async (lines: readonly ReceivedLine[]): Promise<void> => {
    if (lines.length === 0) return;
    const metrics = new Map<string, MetricChange>();
    const blocks = new Map<number, BlockChange>();
    for (const [i, line] of lines.entries()) {
      children.hear(line);
      const event = withChildError(line.meltanoEvent);
      if (event) applyMeltanoEvent(blocks, run.blocks, event, { at: timeOf(line), number: sequence + 1 + i });
      addMetric(metrics, line);
      hasBegun ||= event !== null && beginnings.has(event.kind);
      if (event?.kind === 'BLOCK_COMPLETED') {
        if (!event.success) blockError ??= event.error;
        children.forget();
      }
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
    await writeLines(batch);
  };
  // Meltano says of a block that failed only which of its plugins did.
  const withChildError = (event: MeltanoEvent | null): MeltanoEvent | null => {
    if (event?.kind !== 'BLOCK_COMPLETED' || event.success) return event;
    const block = run.blocks[positionOf(run.blocks, event)];
    return { ...event, error: (block && children.of(block, event.exitCodes)) ?? event.error };
  };
  const brokenOff: Recorder['brokenOff'] = () => {
    const block = hasBegun ? run.blocks.find(({ status }) => status === 'RUNNING') : undefined;
    if (!block) return null;
    return { position: block.position, errorMessage: children.of(block, []) };
  };
  const complaint = (): string | null => {
    // A test of a loader has no block, and Meltano may find the loader gone before it knows why.
    const own =
      lastError !== null && isConsequence(lastError)
        ? children.of({ extractor: null, loader: null }, [])
        : null;
    return blockError ?? brokenOff()?.errorMessage ?? own ?? lastError;
  };
  return { record, complaint, brokenOff };
}

/** When a line was written. Meltano's clock is that of this machine. */
function timeOf({ timestamp, receivedAt }: ReceivedLine): Date {
  return bySharedClock(timestamp ?? receivedAt);
}

function toStore(line: ReceivedLine): NewLine {
  const { level, plugin, stdio, message, ansiText, fields } = line;
  const json = JSON.stringify(fields);
  return {
    timestamp: timeOf(line),
    level,
    plugin,
    stdio,
    message,
    ansiText,
    fields: json === '{}' ? null : json,
  };
}

// Meltano reports when an extract-load pair begins, and when any block has ended. A block begins when the one
// before it has ended.
function applyMeltanoEvent(
  updates: Map<number, BlockChange>,
  blocks: readonly RunBlock[],
  event: MeltanoEvent,
  { at, number }: { at: Date; number: number },
): void {
  const update = (position: number, data: BlockChange): void => {
    const block = blocks[position];
    if (!block) return;
    if (data.status !== undefined) block.status = data.status;
    block.startedAt = data.startedAt ?? block.startedAt;
    block.endedAt = data.endedAt ?? block.endedAt;
    updates.set(position, { ...updates.get(position), ...data });
  };
  const begin = (position: number, firstLine: number): void =>
    update(position, { status: 'RUNNING', startedAt: at, firstLine });
  switch (event.kind) {
    case 'MELTANO_STARTED':
      begin(0, number);
      break;
    case 'BLOCK_STARTED':
      update(
        blocks.findIndex((block) => block.status === 'RUNNING'),
        { stateId: event.stateId, startedAt: at },
      );
      break;
    case 'BLOCK_COMPLETED': {
      const position = positionOf(blocks, event);
      update(position, {
        status: event.success ? 'SUCCEEDED' : 'FAILED',
        endedAt: at,
        errorMessage: event.error,
        ...exitCodesOf(blocks[position], event.exitCodes),
        durationSeconds: event.durationSeconds,
        lastLine: number,
      });
      if (event.success) begin(position + 1, number + 1);
      break;
    }
    default:
  }
}

function positionOf(blocks: readonly RunBlock[], { setNumber }: BlockCompleted): number {
  return setNumber ?? blocks.findIndex(({ status }) => status === 'RUNNING');
}

/** The exit codes with the names of the plugins, as far as any failed. */
function exitCodesOf(
  block: RunBlock | undefined,
  exits: readonly PluginExit[],
): Pick<BlockChange, 'exitCodes'> {
  const named = exits.flatMap(({ role, plugin, exitCode }) => {
    const name = plugin ?? (role === 'EXTRACTOR' ? block?.extractor : block?.loader) ?? null;
    return name === null ? [] : [{ role, plugin: name, exitCode }];
  });
  return named.length === 0 ? {} : { exitCodes: named };
}

// Counters are differences since the last report, so they are summed. Source: singer_sdk/metrics.py.
function addMetric(metrics: Map<string, MetricChange>, { metric, plugin }: ReceivedLine): void {
  if (!metric || plugin === null) return;
  const stream = metric.stream ?? '';
  const key = JSON.stringify([plugin, stream, metric.metric]);
  const sum = metrics.get(key);
  if (sum) sum.value += metric.value;
  else metrics.set(key, { plugin, stream, name: metric.metric, value: metric.value });
}
