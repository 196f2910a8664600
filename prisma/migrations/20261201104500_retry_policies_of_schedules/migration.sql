-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "retryPolicy" JSONB;

-- The policy of its schedule comes before that of its job.
CREATE OR REPLACE FUNCTION "takeRetryPolicy"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW."retryPolicy" := coalesce(
    NEW."retryPolicy",
    (SELECT s."retryPolicy" FROM "Schedule" AS s WHERE s.id = NEW."scheduleId"),
    (SELECT j."retryPolicy" FROM "Job" AS j WHERE j.id = NEW."jobId")
  )\x3B
  IF NEW."lastAttempt" IS NULL AND NEW."retryPolicy" IS NOT NULL THEN
    NEW."lastAttempt" := NEW.attempt - 1 + (NEW."retryPolicy" ->> \'maxAttempts\')::int\x3B
  END IF\x3B
  RETURN NEW\x3B
END';

-- The schedule of an extract-load pair has no job.
DROP TRIGGER "Run_takeRetryPolicy" ON "Run";
CREATE TRIGGER "Run_takeRetryPolicy" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (
    NEW.kind = 'RUN' AND NEW."endedAt" IS NULL
    AND (NEW."jobId" IS NOT NULL OR NEW."scheduleId" IS NOT NULL OR NEW."retryPolicy" IS NOT NULL)
  ) EXECUTE FUNCTION "takeRetryPolicy"();

-- The policy counts as a change of a schedule, too.
DROP TRIGGER "Schedule_countRevision" ON "Schedule";
CREATE TRIGGER "Schedule_countRevision" BEFORE UPDATE OF
  "environmentId", "jobId", name, interval, cron, "timeZone", "isEnabled", "pauseReason", "pauseNote", "pausedAt",
  "resumedAt", overlap, "catchUp", "catchUpWindowSeconds", "catchUpLimit", "graceSeconds", "jitterSeconds", "startsAt",
  "endsAt", "pauseAfterFailures", env, extractor, loader, transform, origin, "manifestKey", "manifestDigest",
  "deletedAt", "purgedAt", "afterRule", "afterJobIds", priority, "retryPolicy"
  ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();
