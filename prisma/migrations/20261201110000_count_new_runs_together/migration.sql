-- What two arrays of counts add up to.
CREATE FUNCTION "addCounts"(counts int[], more int[]) RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS E'BEGIN
  IF counts IS NULL OR more IS NULL THEN RETURN coalesce(counts, more)\x3B END IF\x3B
  FOR bucket IN array_lower(more, 1) .. array_upper(more, 1) LOOP
    IF more[bucket] IS NOT NULL THEN counts[bucket] := coalesce(counts[bucket], 0) + more[bucket]\x3B END IF\x3B
  END LOOP\x3B
  RETURN counts\x3B
END';

-- Who stores runs that have ended, such as an import, counts all runs of one statement together: each rollup is written once.
-- Days come first, and jobs in their order, so that two transactions cannot deadlock.
CREATE FUNCTION "countNewRuns"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NOT EXISTS (SELECT FROM added WHERE "endedAt" IS NOT NULL AND "jobId" IS NOT NULL AND kind = \'RUN\') THEN
    RETURN NULL\x3B
  END IF\x3B
  WITH run AS MATERIALIZED (
    SELECT a."jobId", a."endedAt", a.status, "durationToCount"(a.whole) AS duration, "queuedToCount"(a.whole) AS queued,
      "recordsToCount"(a.whole) AS moved
    FROM (SELECT *, ROW(added.*)::"Run" AS whole FROM added) AS a
    WHERE a."endedAt" IS NOT NULL AND a."jobId" IS NOT NULL AND a.kind = \'RUN\'
  ), fact AS MATERIALIZED (
    SELECT r.*, l.minutes, date_bin(make_interval(mins => l.minutes), r."endedAt", timestamptz \'epoch\') AS "startsAt"
    FROM run AS r CROSS JOIN unnest(ARRAY[1440, 15]) AS l(minutes)
  ), bucket AS (
    SELECT f."jobId", f.minutes, f."startsAt", m.measure, m.bucket, count(*) AS runs,
      lag(m.bucket, 1, m.bucket - 1) OVER (PARTITION BY f."jobId", f.minutes, f."startsAt", m.measure ORDER BY m.bucket) AS before
    FROM fact AS f CROSS JOIN LATERAL (
      VALUES (\'durations\', "logBucket"(f.duration)), (\'queued\', "logBucket"(f.queued)), (\'records\', "logBucket"(f.moved))
    ) AS m(measure, bucket)
    WHERE m.bucket IS NOT NULL GROUP BY 1, 2, 3, 4, 5
  ), histogram AS MATERIALIZED (
    SELECT "jobId", minutes, "startsAt", measure, (
      \'[\' || min(bucket) || \':\' || max(bucket) || \']={\'
      || string_agg(repeat(\'NULL,\', bucket - before - 1) || runs, \',\' ORDER BY bucket) || \'}\'
    )::int[] AS counts
    FROM bucket GROUP BY 1, 2, 3, 4
  ), total AS (
    SELECT "jobId", minutes, "startsAt", count(*) FILTER (WHERE status = \'SUCCEEDED\') AS succeeded,
      count(*) FILTER (WHERE status = \'FAILED\') AS failed, count(*) FILTER (WHERE status = \'CANCELLED\') AS cancelled,
      count(*) FILTER (WHERE status = \'TIMED_OUT\') AS "timedOut", count(*) FILTER (WHERE status = \'LOST\') AS lost,
      coalesce(sum(duration), 0) AS "durationSum", min(duration) AS "durationMin", max(duration) AS "durationMax",
      coalesce(sum(queued), 0) AS "queuedSum", min(queued) AS "queuedMin", max(queued) AS "queuedMax",
      coalesce(sum(moved), 0) AS "recordSum", min(moved) AS "recordMin", max(moved) AS "recordMax"
    FROM fact GROUP BY 1, 2, 3
  )
  INSERT INTO "RunRollup" AS r ("jobId", minutes, "startsAt", "succeededCount", "failedCount", "cancelledCount", "timedOutCount",
    "lostCount", durations, "durationSum", "durationMin", "durationMax", queued, "queuedSum", "queuedMin", "queuedMax",
    records, "recordSum", "recordMin", "recordMax")
  SELECT t."jobId", t.minutes, t."startsAt", t.succeeded, t.failed, t.cancelled, t."timedOut", t.lost,
    d.counts, t."durationSum", t."durationMin", t."durationMax", q.counts, t."queuedSum", t."queuedMin", t."queuedMax",
    c.counts, t."recordSum", t."recordMin", t."recordMax"
  FROM total AS t
    LEFT JOIN histogram AS d ON (d."jobId", d.minutes, d."startsAt", d.measure) = (t."jobId", t.minutes, t."startsAt", \'durations\')
    LEFT JOIN histogram AS q ON (q."jobId", q.minutes, q."startsAt", q.measure) = (t."jobId", t.minutes, t."startsAt", \'queued\')
    LEFT JOIN histogram AS c ON (c."jobId", c.minutes, c."startsAt", c.measure) = (t."jobId", t.minutes, t."startsAt", \'records\')
  ORDER BY t.minutes DESC, t."jobId", t."startsAt"
  ON CONFLICT ("jobId", minutes, "startsAt") DO UPDATE SET
    "succeededCount" = r."succeededCount" + EXCLUDED."succeededCount",
    "failedCount" = r."failedCount" + EXCLUDED."failedCount",
    "cancelledCount" = r."cancelledCount" + EXCLUDED."cancelledCount",
    "timedOutCount" = r."timedOutCount" + EXCLUDED."timedOutCount",
    "lostCount" = r."lostCount" + EXCLUDED."lostCount",
    durations = "addCounts"(r.durations, EXCLUDED.durations),
    "durationSum" = r."durationSum" + EXCLUDED."durationSum",
    "durationMin" = least(r."durationMin", EXCLUDED."durationMin"),
    "durationMax" = greatest(r."durationMax", EXCLUDED."durationMax"),
    queued = "addCounts"(r.queued, EXCLUDED.queued),
    "queuedSum" = r."queuedSum" + EXCLUDED."queuedSum",
    "queuedMin" = least(r."queuedMin", EXCLUDED."queuedMin"), "queuedMax" = greatest(r."queuedMax", EXCLUDED."queuedMax"),
    records = "addCounts"(r.records, EXCLUDED.records),
    "recordSum" = r."recordSum" + EXCLUDED."recordSum",
    "recordMin" = least(r."recordMin", EXCLUDED."recordMin"), "recordMax" = greatest(r."recordMax", EXCLUDED."recordMax")\x3B
  RETURN NULL\x3B
END';
DROP TRIGGER "Run_countNew" ON "Run";
CREATE TRIGGER "Run_countNew" AFTER INSERT ON "Run" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "countNewRuns"();
