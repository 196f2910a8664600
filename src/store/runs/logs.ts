import type { LogLevel, RunBlockStatus, RunLog } from '../generated/client.ts';
import { notifiedColumns, withNotification } from '../database/notify.ts';
import { activeStatuses, statusIn } from './run-status.ts';
import { RunTaken } from './run-taken.ts';
import { Statement, type Send } from '../../lib/sql.ts';
import { lineConditions, searchOf, type LineFilter } from './line-filter.ts';

/** A line to store, without its number in the run. */
export type NewLine = Pick<RunLog, 'timestamp' | 'level' | 'plugin' | 'message'> &
  // Absent in what a gateway without them has kept on disk.
  Partial<Pick<RunLog, 'stdio' | 'ansiText'>> & {
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
  /** Number of its first line, and of its last. */
  firstLine?: number;
  lastLine?: number;
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

/** Some lines of a log, and the number of the last line that was looked at: all before it are known. */
export interface LinesAfter {
  lines: RunLog[];
  reached: number;
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
      const stored = await query(...storing(batch));
      if (stored.length > 0) return;
      const [run] = await query(count, [runId, workerId]);
      if (run && (run.logCount as number) >= first + lines.length - 1) return;
      throw new RunTaken(`Run ${runId} is no longer executed by ${workerId}.`);
    },

    /** The lines of a run after a sequence number that meet a filter, the oldest first. */
    async after(
      runId: string,
      sequence: number,
      limit: number,
      filter: LineFilter = {},
    ): Promise<LinesAfter> {
      const { text, values } = linesAfter(runId, sequence, limit, filter);
      const rows = (await query(text, values)) as unknown as FoundLine[];
      const lines: RunLog[] = [];
      let last = sequence;
      for (const { reached, ...line } of rows) {
        last = Math.max(last, reached);
        if (line.sequence !== null) lines.push(line);
      }
      return { lines, reached: lines.length === limit ? (lines.at(-1)?.sequence ?? last) : last };
    },
  };
}

const isOurs = `id = $1::uuid AND "workerId" = $2 AND ${statusIn('status', activeStatuses)}`;

const count = `SELECT "logCount" FROM "Run" WHERE ${isOurs}`;

/** A line, or nothing when there is none, and the number of the last line that was looked at. */
type FoundLine = { reached: number } & (RunLog | { sequence: null });

const lineColumns =
  't."runId", t.sequence, t."timestamp", t.level, t.plugin, t.stdio, t.message, t."ansiText", t.fields';

/** The lines, each with the number of the last line that is looked at; one row without a line when there is none. */
function linesAfter(
  runId: string,
  sequence: number,
  limit: number,
  filter: LineFilter,
): Statement & { text: string } {
  const { where = [], choice, search } = lineConditions(filter);
  const statement = new Statement();
  const add = statement.add.bind(statement);
  const run = `(SELECT ${statement.value(runId)}::uuid AS id) AS p`;
  const after = `${statement.value(sequence)}::int`;
  const { from, to, most } = search ?? { ...searchOf(filter.block), most: 2 ** 31 };
  const reached = `LEAST(coalesce(${add(to)}, 0), GREATEST(${add(from)} - 1, ${after})::bigint + ${most})::int`;
  const conditions = [
    't."runId" = p.id',
    `t.sequence > ${after}`,
    't.sequence <= p.reached',
    ...where.map(add),
  ];
  const end = `ORDER BY t.sequence LIMIT ${limit}`;
  const lines = (...further: string[]): string =>
    `SELECT ${lineColumns} FROM "RunLog" AS t WHERE ${[...conditions, ...further].join(' AND ')} ${end}`;
  const found = choice
    ? `SELECT t.* FROM unnest(${add(choice.values)}) AS v(value) CROSS JOIN LATERAL (${lines(`t."${choice.column}" = v.value`)}) AS t ${end}`
    : lines();
  const place = `(SELECT p.id, ${reached} AS reached FROM ${run} OFFSET 0) AS p`;
  return Object.assign(statement, {
    text: `SELECT p.reached, t.* FROM ${place} LEFT JOIN LATERAL (${found}) AS t ON true ORDER BY t.sequence`,
  });
}

// Two attempts to store the same lines wait for each other at the run's row. The later one sees from the
// count that the lines are stored.
//
// The lines come as an array for each column. Measured for batches of 2,000 on PostgreSQL 15, per line, in
// the backend: arrays 3.0 µs, COPY 3.0 µs (and three more round trips), rows of VALUES 4.8 µs,
// `json_to_recordset` 4.4 µs. A foreign key to the run would add 4 µs, and far more in a long run.
//
// Few lines have codes for a terminal. Batches without any are stored by a statement that knows nothing of them.
const storeLines = (withAnsi: boolean): string => `
  WITH reserved AS (
    UPDATE "Run" SET "logCount" = $3::int - 1 + $4::int, "logBytes" = coalesce("logBytes", 0) + $16::float8,
      "heartbeatAt" = statement_timestamp()
    WHERE ${isOurs} AND "logCount" = $3::int - 1
    RETURNING ${notifiedColumns}
  ), lines AS (
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message, fields, stdio${withAnsi ? ', "ansiText"' : ''})
    SELECT id, $3::int - 1 + n::int, to_timestamp(at / 1000), said::"LogLevel", plugin, message, fields::jsonb,
      stdio::"Stdio"${withAnsi ? ', ansi' : ''}
    FROM reserved, unnest(
      string_to_array($5, ',')::float8[], string_to_array($6, ','), $7::text[], $8::text[],
      string_to_array($9, E'\\n', ''), string_to_array($15, ',', '')${withAnsi ? ', $17::text[]' : ''}
    ) WITH ORDINALITY AS line (at, said, plugin, message, fields, stdio${withAnsi ? ', ansi' : ''}, n)
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
      "durationSeconds" = coalesce(change."durationSeconds", block."durationSeconds"),
      "firstLine" = coalesce(change."firstLine", block."firstLine"),
      "lastLine" = coalesce(change."lastLine", block."lastLine")
    FROM reserved, jsonb_to_recordset($14::jsonb) AS change (
      position int, status "RunBlockStatus", "stateId" text, "startedAt" timestamptz, "endedAt" timestamptz,
      "errorMessage" text, "exitCodes" jsonb, "durationSeconds" float8, "firstLine" int, "lastLine" int
    )
    WHERE block."runId" = reserved.id AND block.position = change.position
  )
  SELECT id FROM ${withNotification('reserved', 'LOG')}`;

const store = storeLines(false);
const storeWithAnsi = storeLines(true);

function storing(batch: LinesToStore): [text: string, values: unknown[]] {
  const ansi = batch.lines.map(({ ansiText }) => ansiText ?? null);
  const values = parametersOf(batch);
  return ansi.every((text) => text === null) ? [store, values] : [storeWithAnsi, [...values, ansi]];
}

/** Bytes of a line on the disk beside its texts, with its place in the index. */
const bytesOfLine = 110;

/** About what a line takes on the disk. Most characters are one byte. */
function bytesOf({ message, fields, ansiText }: NewLine): number {
  return bytesOfLine + message.length + (fields?.length ?? 0) + (ansiText?.length ?? 0);
}

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
    lines.map(({ stdio }) => stdio ?? '').join(),
    lines.reduce((bytes, line) => bytes + bytesOf(line), 0),
  ];
}
