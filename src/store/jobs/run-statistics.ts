import { idList, timeList, type Send } from '../../lib/sql.ts';

/** How some numbers of runs are distributed. */
export interface Distribution {
  count: number;
  total: number;
  min: number;
  max: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

/** The outcomes of a job's runs that ended within some time. */
export interface RunStatistics {
  jobId: string;
  /** Number of the time among those that were asked for, from 1. */
  place: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  timedOut: number;
  lost: number;
  /** In milliseconds. Null when there are none. */
  durations: Distribution | null;
  queued: Distribution | null;
  records: Distribution | null;
}

/** Rollups of one length that are read. */
export interface RollupRange {
  minutes: 15 | 1440;
  since: Date;
  before: Date;
}

/** The factor between two buckets, see `logBucket` in the migrations. */
const growth = 1.04;

/** The number for which a bucket stands: at most 2 % more or less than each in it. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : growth ** (bucket - 0.5);
}

const percentiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** The statement that adds up rollups of runs. */
export function runStatisticsStatements(send: Send) {
  return {
    /**
     * What the runs of jobs add up to, for each time between two bounds in which any ended. One statement, whatever their
     * number.
     *
     * @param ranges the rollups that make up all of the time between the first and the last bound
     */
    between: async (
      jobIds: readonly string[],
      bounds: readonly Date[],
      ranges: readonly RollupRange[],
    ): Promise<RunStatistics[]> => {
      const rows = await send(statistics, [
        idList(jobIds),
        timeList(bounds),
        `{${ranges.map(({ minutes }) => minutes).join()}}`,
        timeList(ranges.map(({ since }) => since)),
        timeList(ranges.map(({ before }) => before)),
      ]);
      return (rows as unknown as Found[]).map(({ found, ...row }) => ({
        ...row,
        durations: distributionOf(found?.durations, row.durationSum, row.durationMin, row.durationMax),
        queued: distributionOf(found?.queued, row.queuedSum, row.queuedMin, row.queuedMax),
        records: distributionOf(found?.records, row.recordSum, row.recordMin, row.recordMax),
      }));
    },
  };
}

type Measure = 'durations' | 'queued' | 'records';

/** A row of the statement: exact numbers, and percentiles as the numbers of buckets. */
type Found = Omit<RunStatistics, Measure> &
  Record<`${'duration' | 'queued' | 'record'}${'Sum' | 'Min' | 'Max'}`, number> & {
    found: Partial<Record<Measure, Omit<Distribution, 'total' | 'min' | 'max'>>> | null;
  };

function distributionOf(
  found: Omit<Distribution, 'total' | 'min' | 'max'> | undefined,
  total: number,
  min: number,
  max: number,
): Distribution | null {
  if (!found) return null;
  const valueOf = (bucket: number): number => Math.min(Math.max(middleOf(bucket), min), max);
  const { count, p50, p90, p95, p99 } = found;
  return {
    ...{ count, total, min, max },
    ...{ p50: valueOf(p50), p90: valueOf(p90), p95: valueOf(p95), p99: valueOf(p99) },
  };
}

const measures: readonly Measure[] = ['durations', 'queued', 'records'];

const sums = ['duration', 'queued', 'record']
  .map(
    (name) =>
      `sum(s."${name}Sum") AS "${name}Sum", min(s."${name}Min") AS "${name}Min", max(s."${name}Max") AS "${name}Max"`,
  )
  .join(',\n      ');

const ranks = Object.entries(percentiles).map(
  ([name, part]) => `'${name}', min(bucket) FILTER (WHERE upto >= ${part} * runs)`,
);

// The bounds are read once, not for each row: a text is no constant to PostgreSQL. Each range of rollups is one range of the primary key. `OFFSET 0` keeps PostgreSQL from reading more of it at once.
const statistics = `
  WITH bound AS MATERIALIZED (SELECT $2::text::timestamptz[] AS list), slot AS MATERIALIZED (
    SELECT width_bucket(r."startsAt", bound.list) AS place, r.*
    FROM bound CROSS JOIN unnest($1::text::uuid[]) AS j(id)
      CROSS JOIN unnest($3::text::smallint[], $4::text::timestamptz[], $5::text::timestamptz[]) AS g(minutes, since, before)
      CROSS JOIN LATERAL (
        SELECT * FROM "RunRollup" AS r
        WHERE r."jobId" = j.id AND r.minutes = g.minutes AND r."startsAt" >= g.since AND r."startsAt" < g.before OFFSET 0
      ) AS r
  ), total AS MATERIALIZED (
    SELECT s."jobId", s.place, sum(s."succeededCount")::int AS succeeded, sum(s."failedCount")::int AS failed,
      sum(s."cancelledCount")::int AS cancelled, sum(s."timedOutCount")::int AS "timedOut", sum(s."lostCount")::int AS lost,
      ${sums}
    FROM slot AS s GROUP BY s."jobId", s.place
  ), bucket AS (
    SELECT s."jobId", s.place, m.measure, array_lower(m.counts, 1) + h.n::int - 1 AS bucket, sum(h.count) AS count
    FROM slot AS s
      CROSS JOIN LATERAL (VALUES ${measures.map((measure) => `('${measure}', s.${measure})`).join(', ')}) AS m(measure, counts)
      CROSS JOIN LATERAL unnest(m.counts) WITH ORDINALITY AS h(count, n)
    WHERE h.count IS NOT NULL GROUP BY 1, 2, 3, 4
  ), ranked AS (
    SELECT b.*, sum(b.count) OVER (w ORDER BY b.bucket) AS upto, sum(b.count) OVER w AS runs
    FROM bucket AS b WINDOW w AS (PARTITION BY b."jobId", b.place, b.measure)
  ), distribution AS (
    SELECT "jobId", place, json_object_agg(measure, found) AS found FROM (
      SELECT "jobId", place, measure, json_build_object('count', max(runs)::int, ${ranks.join(', ')}) AS found
      FROM ranked GROUP BY 1, 2, 3
    ) AS d GROUP BY 1, 2
  )
  SELECT t.*, d.found FROM total AS t LEFT JOIN distribution AS d ON d."jobId" = t."jobId" AND d.place = t.place`;
