import type { LogLevel, RunBlockStatus, RunLog } from '../generated/client.ts';
import { notifiedColumns, withNotification } from '../database/notify.ts';
import { activeStatuses, statusIn } from './run-status.ts';
import { RunTaken } from './run-taken.ts';
import type { Send } from '../../lib/sql.ts';

/** A line to store, without its number in the run. */
export type NewLine = Pick<RunLog, 'timestamp' | 'level' | 'plugin' | 'message'> & {
  /** A JSON object as text; null when the line has no further fields. */
  fields: string | null;
};

/** A value to add to the sum of a metric. */
export interface MetricChange {
  plugin: string;
  stream: string;
  name: string;
  value: number;
}

/** How a plugin of a block ended that failed: an item of `exitCodes`. */
export interface BlockExit {
  role: 'EXTRACTOR' | 'LOADER' | 'MAPPER';
  plugin: string;
  exitCode: number;
}

/** Changes of a block. Absent or null fields stay as they are. */
export interface BlockChange {
  status?: RunBlockStatus;
  stateId?: string;
  startedAt?: Date;
  endedAt?: Date;
  errorMessage?: string | null;
  exitCodes?: BlockExit[];
  durationSeconds?: number | null;
}

/** Consecutive lines of a run, and the metrics and block changes that they report. */
export interface LinesToStore {
  runId: string;
  workerId: string;
  /** Number of the first line, from 1: one more than the number of stored lines. */
  first: number;
  lines: readonly NewLine[];
  metrics: readonly MetricChange[];
  /** By position. */
  blocks: ReadonlyMap<number, BlockChange>;
}

/**
 * Statements on the lines of runs, sent without Prisma. Each is complete by itself, and is never part of a
 * transaction.
 */
export function logStatements(query: Send) {
  return {
    /**
     * Stores lines with their metrics and block changes, notifies followers of the log, and records a
     * heartbeat; all in one statement, so all or nothing. It may be sent twice: the run's count of lines
     * shows whether an earlier attempt, whose answer got lost, was successful.
     *
     * @throws RunTaken when this worker does not execute the run any more
     */
    async store(batch: LinesToStore): Promise<void> {
      const { runId, workerId, first, lines } = batch;
      const stored = await query(store, parametersOf(batch));
      if (stored.length > 0) return;
      const [run] = await query(count, [runId, workerId]);
      if (run && (run.logCount as number) >= first + lines.length - 1) return;
      throw new RunTaken(`Run ${runId} is no longer executed by ${workerId}.`);
    },

    /** The lines of a run after a sequence number, of at least a severity, oldest first. */
    after: async (
      runId: string,
      sequence: number,
      limit: number,
      minLevel: keyof typeof after | null = null,
    ): Promise<RunLog[]> =>
      (await query(minLevel === null ? allAfter : after[minLevel], [
        runId,
        sequence,
        limit,
      ])) as unknown as RunLog[],
  };
}

const isOurs = `id = $1::uuid AND "workerId" = $2 AND ${statusIn('status', activeStatuses)}`;

const count = `SELECT "logCount" FROM "Run" WHERE ${isOurs}`;

const linesAfter = (condition: string): string =>
  `SELECT "runId", sequence, "timestamp", level, plugin, message, fields FROM "RunLog"
   WHERE "runId" = $1::uuid AND sequence > $2::int ${condition} ORDER BY sequence LIMIT $3::int`;

const allAfter = linesAfter('');

/** Lines from WARNING on have an index by their level. */
const linesOfLevels = (...levels: LogLevel[]): string =>
  `SELECT * FROM (${levels.map((level) => `(${linesAfter(`AND level = '${level}'`)})`).join(' UNION ALL ')}) AS line
   ORDER BY sequence LIMIT $3::int`;

/** By the least severity, where that has an index. */
const after = {
  WARNING: linesOfLevels('WARNING', 'ERROR', 'CRITICAL'),
  ERROR: linesOfLevels('ERROR', 'CRITICAL'),
  CRITICAL: linesOfLevels('CRITICAL'),
};

// Two attempts to store the same lines wait for each other at the run's row. The later one sees from the
// count that the lines are stored.
//
// The lines come as an array for each column. Measured for batches of 2,000 on PostgreSQL 15, per line, in
// the backend: arrays 3.0 µs, COPY 3.0 µs (and three more round trips), rows of VALUES 4.8 µs,
// `json_to_recordset` 4.4 µs. A foreign key to the run would add 4 µs, and far more in a long run.
const store = `
  WITH reserved AS (
    UPDATE "Run" SET "logCount" = $3::int - 1 + $4::int, "heartbeatAt" = statement_timestamp()
    WHERE ${isOurs} AND "logCount" = $3::int - 1
    RETURNING ${notifiedColumns}
  ), lines AS (
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message, fields)
    SELECT id, $3::int - 1 + n::int, to_timestamp(at / 1000), said::"LogLevel", plugin, message, fields::jsonb
    FROM reserved, unnest(
      string_to_array($5, ',')::float8[], string_to_array($6, ','), $7::text[], $8::text[],
      string_to_array($9, E'\\n', '')
    ) WITH ORDINALITY AS line (at, said, plugin, message, fields, n)
  ), metrics AS (
    INSERT INTO "RunMetric" ("runId", plugin, stream, name, value)
    SELECT id, metric.* FROM reserved, unnest($10::text[], $11::text[], $12::text[], $13::float8[]) AS metric
    ON CONFLICT ("runId", plugin, stream, name) DO UPDATE SET value = "RunMetric".value + EXCLUDED.value
  ), blocks AS (
    UPDATE "RunBlock" AS block SET
      status = coalesce(change.status, block.status),
      "stateId" = coalesce(change."stateId", block."stateId"),
      "startedAt" = coalesce(change."startedAt", block."startedAt"),
      "endedAt" = coalesce(change."endedAt", block."endedAt"),
      "errorMessage" = coalesce(change."errorMessage", block."errorMessage"),
      "exitCodes" = coalesce(change."exitCodes", block."exitCodes"),
      "durationSeconds" = coalesce(change."durationSeconds", block."durationSeconds")
    FROM reserved, jsonb_to_recordset($14::jsonb) AS change (
      position int, status "RunBlockStatus", "stateId" text, "startedAt" timestamptz, "endedAt" timestamptz,
      "errorMessage" text, "exitCodes" jsonb, "durationSeconds" float8
    )
    WHERE block."runId" = reserved.id AND block.position = change.position
  )
  SELECT id FROM ${withNotification('reserved', 'LOG')}`;

function parametersOf({ runId, workerId, first, lines, metrics, blocks }: LinesToStore): unknown[] {
  return [
    runId,
    workerId,
    first,
    lines.length,
    // Values that cannot contain the separator are joined into one text. Drivers write arrays element by
    // element, and JSON would be twice as long because of its quotes. Valid JSON contains no unescaped line
    // feed.
    lines.map(({ timestamp }) => timestamp.getTime()).join(),
    lines.map(({ level }: { level: LogLevel }) => level).join(),
    lines.map(({ plugin }) => plugin),
    lines.map(({ message }) => message),
    lines.map(({ fields }) => fields ?? '').join('\n'),
    metrics.map(({ plugin }) => plugin),
    metrics.map(({ stream }) => stream),
    metrics.map(({ name }) => name),
    metrics.map(({ value }) => value),
    JSON.stringify([...blocks].map(([position, change]) => ({ position, ...change }))),
  ];
}
