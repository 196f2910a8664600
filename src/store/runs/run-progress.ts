import { idList, type Send } from '../../lib/sql.ts';

/** What plugins have counted of a stream; null for a side that has reported nothing. */
export interface StreamProgress {
  stream: string;
  extracted: number | null;
  loaded: number | null;
}

/** How far a run is that has started. */
export interface RunProgress {
  id: string;
  elapsedSeconds: number;
  blockCount: number;
  succeededBlockCount: number;
  /** The block that was begun last, and its number from 1; null before the first. */
  blockId: string | null;
  blockNumber: number | null;
  streamCount: number;
  /** The streams with the most records, at most `maxStreams`. */
  streams: StreamProgress[];
  extracted: number | null;
  loaded: number | null;
  /** Null when nothing was counted. */
  recordsPerSecond: number | null;
  /** The median of earlier runs; null when there is none, and for a run that has ended. */
  expectedSeconds: number | null;
  /** Null when it is not known. */
  remainingSeconds: number | null;
}

/** The most streams of a run that are told. */
const maxStreams = 100;

/** How many successful runs of the job are read, and how many of those that did the same are used. */
const [runsRead, runsUsed] = [50, 10];

/** The statement that tells how far runs are. */
export function runProgressStatements(send: Send) {
  return {
    /** How far those of the runs are that have started. One statement, whatever their number. */
    of: async (runIds: readonly string[]): Promise<RunProgress[]> =>
      (await send(progress, [idList(runIds)])) as unknown as RunProgress[],
  };
}

const seconds = (from: string, to: string): string =>
  `greatest(extract(epoch FROM ${to} - ${from})::float8, 0)`;

const median = (durations: string): string =>
  `percentile_cont(0.5) WITHIN GROUP (ORDER BY d / 1000.0) FROM unnest(${durations}) AS d`;

// Of the runs that took longer than this one has taken so far, the median says what remains. Those that were faster by
// then say nothing any more.
const progress = `
  WITH asked AS MATERIALIZED (
    SELECT r.id, r."jobId", r.command, r."fullRefresh", r."endedAt" IS NOT NULL AS "hasEnded",
      coalesce(r."endedAt", statement_timestamp()) AS until, r."startedAt"
    FROM "Run" AS r WHERE r.id = ANY ($1::text::uuid[]) AND r."startedAt" IS NOT NULL
  ), history AS MATERIALIZED (
    SELECT k."jobId", k.command, k."fullRefresh", ARRAY(
      SELECT h."durationMs" FROM (
        SELECT h.id, h.command, h."fullRefresh", h."durationMs" FROM "Run" AS h
        WHERE h."jobId" = k."jobId" AND h."jobId" BETWEEN k."jobId" AND k."jobId" AND h.status = 'SUCCEEDED'
        ORDER BY h.id DESC LIMIT ${runsRead}
      ) AS h
      WHERE h.command = k.command AND h."fullRefresh" = k."fullRefresh" AND h."durationMs" IS NOT NULL
      ORDER BY h.id DESC LIMIT ${runsUsed}
    ) AS durations
    FROM (SELECT DISTINCT "jobId", command, "fullRefresh" FROM asked WHERE "jobId" IS NOT NULL AND NOT "hasEnded") AS k
  )
  SELECT a.id, e.elapsed AS "elapsedSeconds", b."blockCount", b."succeededBlockCount", b."blockId", b."blockNumber",
    s."streamCount", s.streams, s.extracted, s.loaded,
    coalesce(s.extracted, s.loaded) / nullif(coalesce(nullif(b."pairSeconds", 0), e.elapsed), 0) AS "recordsPerSecond",
    (SELECT ${median('h.durations')}) AS "expectedSeconds",
    CASE WHEN a."hasEnded" THEN 0 ELSE (SELECT ${median('h.durations')} WHERE d / 1000.0 > e.elapsed) - e.elapsed END
      AS "remainingSeconds"
  FROM asked AS a
    CROSS JOIN LATERAL (SELECT ${seconds('a."startedAt"', 'a.until')} AS elapsed) AS e
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS "blockCount", (count(*) FILTER (WHERE x.status = 'SUCCEEDED'))::int AS "succeededBlockCount",
        (max(x.position) FILTER (WHERE x."startedAt" IS NOT NULL) + 1)::int AS "blockNumber",
        (array_agg(x.id ORDER BY x.position DESC) FILTER (WHERE x."startedAt" IS NOT NULL))[1] AS "blockId",
        sum(${seconds('x."startedAt"', 'coalesce(x."endedAt", a.until)')}) FILTER (WHERE x.kind = 'EXTRACT_LOAD')
          AS "pairSeconds"
      FROM "RunBlock" AS x WHERE x."runId" = a.id
    ) AS b
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS "streamCount", sum(t.extracted) AS extracted, sum(t.loaded) AS loaded,
        coalesce(
          json_agg(json_build_object('stream', t.stream, 'extracted', t.extracted, 'loaded', t.loaded) ORDER BY t.place)
            FILTER (WHERE t.place <= ${maxStreams}), '[]'
        ) AS streams
      FROM (
        SELECT m.stream, sum(m.value) FILTER (WHERE p.extracts) AS extracted,
          sum(m.value) FILTER (WHERE NOT p.extracts) AS loaded,
          row_number() OVER (ORDER BY sum(m.value) DESC, m.stream) AS place
        FROM (
          SELECT x.extractor AS plugin, true AS extracts FROM "RunBlock" AS x
          WHERE x."runId" = a.id AND x.extractor IS NOT NULL
          UNION
          SELECT x.loader, false FROM "RunBlock" AS x WHERE x."runId" = a.id AND x.loader IS NOT NULL
        ) AS p JOIN "RunMetric" AS m ON m."runId" = a.id AND m.plugin = p.plugin AND m.name = 'record_count'
        WHERE m.stream <> '' GROUP BY m.stream
      ) AS t
    ) AS s
    LEFT JOIN history AS h ON h."jobId" = a."jobId" AND h.command = a.command AND h."fullRefresh" = a."fullRefresh"
      AND NOT a."hasEnded"`;
