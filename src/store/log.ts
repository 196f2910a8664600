import type { LogLevel, RunBlockStatus, RunLog } from './generated/client.ts';
import { tellingOf } from './notice.ts';
import { RunTaken } from './run-taken.ts';
import type { Send } from './sql.ts';

/** A line to be stored, without its place in the run. */
export type NewLine = Pick<RunLog, 'timestamp' | 'level' | 'plugin' | 'message'> & {
  /** JSON of an object; null when there is nothing else to say. */
  fields: string | null;
};

/** What is added to the sum of a metric. */
export interface MetricChange {
  plugin: string;
  stream: string;
  name: string;
  value: number;
}

/** What changes in a block; what is absent or null stays as it is. */
export interface BlockChange {
  status?: RunBlockStatus;
  stateId?: string;
  startedAt?: Date;
  endedAt?: Date;
  errorMessage?: string | null;
  exitCodes?: Record<string, number[]>;
  durationSeconds?: number | null;
}

/** Lines that follow each other, and what they tell of. */
export interface LinesToStore {
  runId: string;
  workerId: string;
  /** Number of the first line, from 1: one more than there are lines in the store. */
  first: number;
  lines: readonly NewLine[];
  metrics: readonly MetricChange[];
  /** By position. */
  blocks: ReadonlyMap<number, BlockChange>;
}

/** Statements on the lines of runs, sent past Prisma. They are whole by themselves: no transaction has them. */
export function logStatements(query: Send) {
  return {
    /**
     * Stores lines and what they tell of, tells those who follow the log, and gives a sign of life; all in
     * one statement, hence all or nothing. Harmless when done twice: the run's count of lines says whether
     * an earlier attempt, whose answer got lost, has done it.
     *
     * @throws RunTaken when the run is no longer this worker's
     */
    async storeLines(batch: LinesToStore): Promise<void> {
      const { runId, workerId, first, lines } = batch;
      const stored = await query(store, parametersOf(batch));
      if (stored.length > 0) return;
      const [run] = await query(count, [runId, workerId]);
      if (run && (run.logCount as number) >= first + lines.length - 1) return;
      throw new RunTaken(`Run ${runId} is no longer executed by ${workerId}.`);
    },

    /** The lines of a run after a sequence number, oldest first. */
    logsAfter: async (runId: string, sequence: number, limit: number): Promise<RunLog[]> =>
      (await query(after, [runId, sequence, limit])) as unknown as RunLog[],
  };
}

const isOurs = `id = $1::uuid AND "workerId" = $2 AND status IN ('RUNNING', 'CANCELLING')`;

const count = `SELECT "logCount" FROM "Run" WHERE ${isOurs}`;

const after = `SELECT "runId", sequence, "timestamp", level, plugin, message, fields FROM "RunLog"
  WHERE "runId" = $1::uuid AND sequence > $2 ORDER BY sequence LIMIT $3`;

// Two attempts at the same lines wait for each other at the run's row; the later one finds that they are counted.
//
// The lines come as an array for each column. Measured for batches of 2,000 on PostgreSQL 15, per line, in the
// backend: arrays 3.0 µs, COPY 3.0 µs (and three more round trips around it), rows of VALUES 4.8 µs,
// `json_to_recordset` 4.4 µs. A foreign key to the run would add 4 µs, and far more in a long run.
const store = `
  WITH reserved AS (
    UPDATE "Run" SET "logCount" = $3::int - 1 + $4::int, "heartbeatAt" = $5::timestamptz
    WHERE ${isOurs} AND "logCount" = $3::int - 1
    RETURNING id, "environmentId"
  ), lines AS (
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message, fields)
    SELECT id, $3::int - 1 + n::int, to_timestamp(at / 1000), said::"LogLevel", plugin, message, fields::jsonb
    FROM reserved, unnest(
      string_to_array($6, ',')::float8[], string_to_array($7, ','), $8::text[], $9::text[],
      string_to_array($10, E'\\n', '')
    ) WITH ORDINALITY AS line (at, said, plugin, message, fields, n)
  ), metrics AS (
    INSERT INTO "RunMetric" ("runId", plugin, stream, name, value)
    SELECT id, metric.* FROM reserved, unnest($11::text[], $12::text[], $13::text[], $14::float8[]) AS metric
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
    FROM reserved, jsonb_to_recordset($15::jsonb) AS change (
      position int, status "RunBlockStatus", "stateId" text, "startedAt" timestamptz, "endedAt" timestamptz,
      "errorMessage" text, "exitCodes" jsonb, "durationSeconds" float8
    )
    WHERE block."runId" = reserved.id AND block.position = change.position
  )
  SELECT id FROM ${tellingOf('reserved', 'LOG')}`;

function parametersOf({ runId, workerId, first, lines, metrics, blocks }: LinesToStore): unknown[] {
  return [
    runId,
    workerId,
    first,
    lines.length,
    new Date().toISOString(),
    // What cannot hold the separator goes as one text, since drivers write arrays element by element, and
    // JSON, full of quotes, twice as long. No JSON holds a line feed that is not escaped.
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
