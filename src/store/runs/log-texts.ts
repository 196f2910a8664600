import type { Send } from '../../lib/sql.ts';

/** How a log is written: one line after the other. */
export type LogFormat = 'TEXT' | 'NDJSON';

/** What says how much there is of a log. */
export interface LogFacts {
  /** Number of stored lines. */
  lines: number;
  /** Whether they were removed, as the retention says. */
  isRemoved: boolean;
}

/** Lines of a log, written one after the other. */
export interface LogPiece {
  /** Number of the last one. */
  last: number;
  text: string;
}

/** How many lines one statement writes at most, and how many bytes they have; the last line may go beyond. */
const piece = { lines: 1000, bytes: 500_000 };

/** How many lines one statement measures. */
export const measuredLines = 10_000;

/**
 * Statements that write logs as texts. The database writes them: so a long log costs this process little, and can be
 * measured without being sent. The same line is always the same text.
 */
export function logTextStatements(query: Send) {
  return {
    /** How much there is of a log; null when there is no such run. */
    facts: async (runId: string): Promise<LogFacts | null> => {
      const [row] = await query(facts, [runId]);
      return (row as LogFacts | undefined) ?? null;
    },

    /** Bytes of the lines from a number on, `measuredLines` at most, up to a last one. */
    bytes: async (runId: string, format: LogFormat, first: number, last: number): Promise<number> => {
      const end = Math.min(last, first + measuredLines - 1);
      const [row] = await query(bytes[format], [runId, first, end]);
      return Number(row?.bytes ?? 0);
    },

    /** The next lines from a number on, up to a last one; null when there is none. */
    piece: async (
      runId: string,
      format: LogFormat,
      first: number,
      last: number,
    ): Promise<LogPiece | null> => {
      const [row] = await query(pieces[format], [runId, first, last]);
      return row?.last == null ? null : (row as unknown as LogPiece);
    },
  };
}

const facts =
  'SELECT "logCount" AS lines, "logRemovedAt" IS NOT NULL AS "isRemoved" FROM "Run" WHERE id = $1::uuid';

const time = `to_char(t."timestamp" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** SQL of a line with its end. A change of these makes other texts, so it needs another `logFormatVersion`. */
const lineOf: Record<LogFormat, string> = {
  TEXT: `${time} || ' ' || t.level || ' ' || coalesce(t.plugin, 'meltano') || ': ' || t.message || E'\\n'`,
  NDJSON: `(SELECT row_to_json(line) FROM (SELECT t.sequence, ${time} AS "timestamp", t.level, t.plugin, t.stdio, t.message,
    t."ansiText", t.fields) AS line)::text || E'\\n'`,
};

/** Part of the ETag. */
export const logFormatVersion = 1;

const lines = (format: LogFormat): string =>
  `SELECT t.sequence, ${lineOf[format]} AS line FROM "RunLog" AS t
   WHERE t."runId" = $1::uuid AND t.sequence BETWEEN $2::int AND $3::int`;

const bytesOf = (format: LogFormat): string =>
  `SELECT sum(octet_length(line))::float8 AS bytes FROM (${lines(format)}) AS l`;

const pieceOf = (format: LogFormat): string =>
  `SELECT max(sequence) AS last, string_agg(line, '' ORDER BY sequence) AS text FROM (
     SELECT l.*, sum(octet_length(line)) OVER (ORDER BY sequence) - octet_length(line) AS before
     FROM (${lines(format)} ORDER BY t.sequence LIMIT ${piece.lines}) AS l
   ) AS l WHERE before < ${piece.bytes}`;

const bytes = { TEXT: bytesOf('TEXT'), NDJSON: bytesOf('NDJSON') };
const pieces = { TEXT: pieceOf('TEXT'), NDJSON: pieceOf('NDJSON') };
