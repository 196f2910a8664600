-- CreateTable
CREATE TABLE "RunRollup" (
    "jobId" UUID NOT NULL,
    "minutes" SMALLINT NOT NULL,
    "startsAt" TIMESTAMPTZ(3) NOT NULL,
    "succeededCount" INTEGER NOT NULL DEFAULT 0,
    "failedCount" INTEGER NOT NULL DEFAULT 0,
    "cancelledCount" INTEGER NOT NULL DEFAULT 0,
    "timedOutCount" INTEGER NOT NULL DEFAULT 0,
    "lostCount" INTEGER NOT NULL DEFAULT 0,
    "durations" INTEGER[],
    "durationSum" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "durationMin" DOUBLE PRECISION,
    "durationMax" DOUBLE PRECISION,
    "queued" INTEGER[],
    "queuedSum" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "queuedMin" DOUBLE PRECISION,
    "queuedMax" DOUBLE PRECISION,
    "records" INTEGER[],
    "recordSum" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "recordMin" DOUBLE PRECISION,
    "recordMax" DOUBLE PRECISION,

    CONSTRAINT "RunRollup_pkey" PRIMARY KEY ("jobId","minutes","startsAt")
);

-- AddForeignKey
ALTER TABLE "RunRollup" ADD CONSTRAINT "RunRollup_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Values are counted by their size: each bucket begins 4 % above the one before, so that what is read from the middle of a
-- bucket is at most 2 % off. Bucket 0 is what is less than 1. src/store/jobs/run-statistics.ts reads them.
CREATE FUNCTION "logBucket"(value float8) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS
  'SELECT CASE WHEN value < 1 THEN 0 ELSE 1 + floor(ln(value) / ln(1.04::float8))::int END';

-- An array begins at its lowest bucket, and has nulls where there is nothing.
CREATE FUNCTION "countInBucket"(counts int[], value float8) RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS E'DECLARE
  bucket int := "logBucket"(value)\x3B
BEGIN
  IF bucket IS NOT NULL THEN counts[bucket] := coalesce(counts[bucket], 0) + 1\x3B END IF\x3B
  RETURN counts\x3B
END';

-- What a run adds to the statistics. Ids have the time of their creation in their first 48 bits.
CREATE FUNCTION "durationToCount"(run "Run") RETURNS float8 LANGUAGE sql STABLE AS
  'SELECT CASE WHEN run.status = ''SUCCEEDED'' THEN run."durationMs"::float8 END';
CREATE FUNCTION "queuedToCount"(run "Run") RETURNS float8 LANGUAGE sql STABLE AS
  'SELECT CASE WHEN run."startedAt" IS NOT NULL AND run."importedAt" IS NULL THEN greatest(0, round(
    1000 * extract(epoch FROM run."startedAt")::float8 - greatest(
      (''x'' || left(replace(run.id::text, ''-'', ''''), 12))::bit(48)::bigint::float8,
      1000 * extract(epoch FROM run."runAt")::float8
    )
  )) END';
CREATE FUNCTION "recordsToCount"(run "Run") RETURNS float8 LANGUAGE sql STABLE AS
  'SELECT coalesce(sum(m.value) FILTER (WHERE p.extracts), sum(m.value) FILTER (WHERE NOT p.extracts))
   FROM (
     SELECT b.extractor AS plugin, true AS extracts FROM "RunBlock" AS b WHERE b."runId" = run.id AND b.extractor IS NOT NULL
     UNION
     SELECT b.loader, false FROM "RunBlock" AS b WHERE b."runId" = run.id AND b.loader IS NOT NULL
   ) AS p JOIN "RunMetric" AS m ON m."runId" = run.id AND m.plugin = p.plugin AND m.name = ''record_count'' AND m.stream <> ''''
   WHERE run.status = ''SUCCEEDED''';

-- Who ends a run counts it, in the same transaction. The day comes first, so that two transactions that count runs of one
-- job wait for each other there and cannot deadlock.
CREATE FUNCTION "countRun"() RETURNS trigger LANGUAGE plpgsql AS E'DECLARE
  duration float8 := "durationToCount"(NEW)\x3B
  queued float8 := "queuedToCount"(NEW)\x3B
  moved float8 := "recordsToCount"(NEW)\x3B
  length int\x3B
BEGIN
  FOREACH length IN ARRAY ARRAY[1440, 15] LOOP
    INSERT INTO "RunRollup" AS r ("jobId", minutes, "startsAt", "succeededCount", "failedCount", "cancelledCount",
      "timedOutCount", "lostCount", durations, "durationSum", "durationMin", "durationMax",
      queued, "queuedSum", "queuedMin", "queuedMax", records, "recordSum", "recordMin", "recordMax")
    VALUES (
      NEW."jobId", length, date_bin(make_interval(mins => length), NEW."endedAt", timestamptz \'epoch\'),
      (NEW.status = \'SUCCEEDED\')::int, (NEW.status = \'FAILED\')::int, (NEW.status = \'CANCELLED\')::int,
      (NEW.status = \'TIMED_OUT\')::int, (NEW.status = \'LOST\')::int,
      "countInBucket"(NULL, duration), coalesce(duration, 0), duration, duration,
      "countInBucket"(NULL, queued), coalesce(queued, 0), queued, queued,
      "countInBucket"(NULL, moved), coalesce(moved, 0), moved, moved
    )
    ON CONFLICT ("jobId", minutes, "startsAt") DO UPDATE SET
      "succeededCount" = r."succeededCount" + EXCLUDED."succeededCount",
      "failedCount" = r."failedCount" + EXCLUDED."failedCount",
      "cancelledCount" = r."cancelledCount" + EXCLUDED."cancelledCount",
      "timedOutCount" = r."timedOutCount" + EXCLUDED."timedOutCount",
      "lostCount" = r."lostCount" + EXCLUDED."lostCount",
      durations = "countInBucket"(r.durations, duration),
      "durationSum" = r."durationSum" + EXCLUDED."durationSum",
      "durationMin" = least(r."durationMin", duration), "durationMax" = greatest(r."durationMax", duration),
      queued = "countInBucket"(r.queued, EXCLUDED."queuedMin"),
      "queuedSum" = r."queuedSum" + EXCLUDED."queuedSum",
      "queuedMin" = least(r."queuedMin", EXCLUDED."queuedMin"), "queuedMax" = greatest(r."queuedMax", EXCLUDED."queuedMax"),
      records = "countInBucket"(r.records, moved),
      "recordSum" = r."recordSum" + EXCLUDED."recordSum",
      "recordMin" = least(r."recordMin", moved), "recordMax" = greatest(r."recordMax", moved)\x3B
  END LOOP\x3B
  RETURN NULL\x3B
END';
CREATE TRIGGER "Run_countNew" AFTER INSERT ON "Run"
  FOR EACH ROW WHEN (NEW."endedAt" IS NOT NULL AND NEW."jobId" IS NOT NULL AND NEW.kind = 'RUN')
  EXECUTE FUNCTION "countRun"();
CREATE TRIGGER "Run_countEnded" AFTER UPDATE OF "endedAt" ON "Run"
  FOR EACH ROW WHEN (NEW."endedAt" IS NOT NULL AND OLD."endedAt" IS NULL AND NEW."jobId" IS NOT NULL AND NEW.kind = 'RUN')
  EXECUTE FUNCTION "countRun"();

-- What is there already. The triggers have locked the table until this is committed.
WITH fact AS MATERIALIZED (
  SELECT r."jobId", l.minutes, date_bin(make_interval(mins => l.minutes), r."endedAt", timestamptz 'epoch') AS "startsAt",
    r.status, "durationToCount"(r) AS duration, "queuedToCount"(r) AS queued, "recordsToCount"(r) AS moved
  FROM "Run" AS r CROSS JOIN unnest(ARRAY[1440, 15]) AS l(minutes)
  WHERE r."endedAt" IS NOT NULL AND r."jobId" IS NOT NULL AND r.kind = 'RUN'
), bucket AS (
  SELECT f."jobId", f.minutes, f."startsAt", m.measure, m.bucket, count(*) AS runs,
    lag(m.bucket, 1, m.bucket - 1) OVER (PARTITION BY f."jobId", f.minutes, f."startsAt", m.measure ORDER BY m.bucket) AS before
  FROM fact AS f CROSS JOIN LATERAL (
    VALUES ('durations', "logBucket"(f.duration)), ('queued', "logBucket"(f.queued)), ('records', "logBucket"(f.moved))
  ) AS m(measure, bucket)
  WHERE m.bucket IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), histogram AS MATERIALIZED (
  SELECT "jobId", minutes, "startsAt", measure, (
    '[' || min(bucket) || ':' || max(bucket) || ']={'
    || string_agg(repeat('NULL,', bucket - before - 1) || runs, ',' ORDER BY bucket) || '}'
  )::int[] AS counts
  FROM bucket GROUP BY 1, 2, 3, 4
), total AS (
  SELECT "jobId", minutes, "startsAt", count(*) FILTER (WHERE status = 'SUCCEEDED') AS succeeded,
    count(*) FILTER (WHERE status = 'FAILED') AS failed, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
    count(*) FILTER (WHERE status = 'TIMED_OUT') AS "timedOut", count(*) FILTER (WHERE status = 'LOST') AS lost,
    coalesce(sum(duration), 0) AS "durationSum", min(duration) AS "durationMin", max(duration) AS "durationMax",
    coalesce(sum(queued), 0) AS "queuedSum", min(queued) AS "queuedMin", max(queued) AS "queuedMax",
    coalesce(sum(moved), 0) AS "recordSum", min(moved) AS "recordMin", max(moved) AS "recordMax"
  FROM fact GROUP BY 1, 2, 3
)
INSERT INTO "RunRollup" ("jobId", minutes, "startsAt", "succeededCount", "failedCount", "cancelledCount", "timedOutCount",
  "lostCount", durations, "durationSum", "durationMin", "durationMax", queued, "queuedSum", "queuedMin", "queuedMax",
  records, "recordSum", "recordMin", "recordMax")
SELECT t."jobId", t.minutes, t."startsAt", t.succeeded, t.failed, t.cancelled, t."timedOut", t.lost,
  d.counts, t."durationSum", t."durationMin", t."durationMax", q.counts, t."queuedSum", t."queuedMin", t."queuedMax",
  c.counts, t."recordSum", t."recordMin", t."recordMax"
FROM total AS t
  LEFT JOIN histogram AS d ON (d."jobId", d.minutes, d."startsAt", d.measure) = (t."jobId", t.minutes, t."startsAt", 'durations')
  LEFT JOIN histogram AS q ON (q."jobId", q.minutes, q."startsAt", q.measure) = (t."jobId", t.minutes, t."startsAt", 'queued')
  LEFT JOIN histogram AS c ON (c."jobId", c.minutes, c."startsAt", c.measure) = (t."jobId", t.minutes, t."startsAt", 'records');
