-- CreateEnum
CREATE TYPE "AfterRule" AS ENUM ('ANY', 'ALL');

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "afterJobIds" UUID[] DEFAULT ARRAY[]::UUID[],
ADD COLUMN     "afterRule" "AfterRule";

-- AlterTable
ALTER TABLE "ScheduleTick" ADD COLUMN     "upstreamRunId" UUID;

-- CreateTable
CREATE TABLE "ScheduleUpstream" (
    "scheduleId" UUID NOT NULL,
    "jobId" UUID NOT NULL,

    CONSTRAINT "ScheduleUpstream_pkey" PRIMARY KEY ("scheduleId","jobId")
);

-- CreateTable
CREATE TABLE "UpstreamSuccess" (
    "scheduleId" UUID NOT NULL,
    "slot" UUID NOT NULL,
    "jobId" UUID NOT NULL,
    "runId" UUID NOT NULL,
    "succeededAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "UpstreamSuccess_pkey" PRIMARY KEY ("scheduleId","slot")
);

-- CreateIndex
CREATE INDEX "ScheduleUpstream_jobId_idx" ON "ScheduleUpstream"("jobId");

-- CreateIndex
CREATE INDEX "ScheduleTick_upstreamRunId_idx" ON "ScheduleTick"("upstreamRunId") WHERE ("upstreamRunId" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "ScheduleUpstream" ADD CONSTRAINT "ScheduleUpstream_scheduleId_fkey" FOREIGN KEY ("scheduleId") REFERENCES "Schedule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ScheduleUpstream" ADD CONSTRAINT "ScheduleUpstream_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ScheduleTick" ADD CONSTRAINT "ScheduleTick_upstreamRunId_fkey" FOREIGN KEY ("upstreamRunId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Which jobs a schedule follows counts as a change of it, too.
DROP TRIGGER "Schedule_countRevision" ON "Schedule";
CREATE TRIGGER "Schedule_countRevision" BEFORE UPDATE OF
  "environmentId", "jobId", name, interval, cron, "timeZone", "isEnabled", "pauseReason", "pauseNote", "pausedAt",
  "resumedAt", overlap, "catchUp", "catchUpWindowSeconds", "catchUpLimit", "graceSeconds", "jitterSeconds", "startsAt",
  "endsAt", "pauseAfterFailures", env, extractor, loader, transform, origin, "manifestKey", "manifestDigest",
  "deletedAt", "purgedAt", "afterRule", "afterJobIds"
  ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

-- A schedule has times or follows jobs, and never both. An import that gives it times takes its jobs away.
CREATE FUNCTION "timesOrJobs"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NEW.cron IS NOT NULL THEN NEW."afterRule" := NULL\x3B END IF\x3B
  IF NEW."afterRule" IS NULL THEN NEW."afterJobIds" := \'{}\'\x3B END IF\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Schedule_aTimesOrJobs" BEFORE INSERT OR UPDATE OF cron, "afterRule", "afterJobIds" ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "timesOrJobs"();

-- Whoever changes what a schedule follows or runs, in whatever way: its jobs are found by an index, no job starts itself
-- through schedules, and what has happened before counts no more.
CREATE FUNCTION "followJobs"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF TG_OP = \'INSERT\' OR NEW."afterJobIds" IS DISTINCT FROM OLD."afterJobIds" THEN
    DELETE FROM "ScheduleUpstream" WHERE "scheduleId" = NEW.id\x3B
    INSERT INTO "ScheduleUpstream" ("scheduleId", "jobId")
      SELECT DISTINCT NEW.id, j.id FROM unnest(NEW."afterJobIds") AS a (id) JOIN "Job" AS j ON j.id = a.id\x3B
  END IF\x3B
  IF TG_OP = \'UPDATE\' THEN
    IF NEW."isEnabled" <> OLD."isEnabled" OR NEW."deletedAt" IS DISTINCT FROM OLD."deletedAt"
      OR NEW."afterRule" IS DISTINCT FROM OLD."afterRule" OR NEW."afterJobIds" IS DISTINCT FROM OLD."afterJobIds" THEN
      DELETE FROM "UpstreamSuccess" WHERE "scheduleId" = NEW.id\x3B
    END IF\x3B
  END IF\x3B
  IF NEW."afterRule" IS NULL OR NEW."jobId" IS NULL OR NEW."deletedAt" IS NOT NULL THEN RETURN NULL\x3B END IF\x3B
  -- Two that are made at the same time can be a cycle together. The number is that of src/store/database/advisory-locks.ts.
  PERFORM pg_advisory_xact_lock(7233074)\x3B
  IF EXISTS (
    WITH RECURSIVE below (id) AS (
      SELECT NEW."jobId"
      UNION
      SELECT s."jobId" FROM below AS b JOIN "ScheduleUpstream" AS u ON u."jobId" = b.id
        JOIN "Schedule" AS s ON s.id = u."scheduleId"
      WHERE s."deletedAt" IS NULL AND s."afterRule" IS NOT NULL AND s."jobId" IS NOT NULL
    )
    SELECT FROM "ScheduleUpstream" AS u JOIN below AS b ON b.id = u."jobId" WHERE u."scheduleId" = NEW.id
  ) THEN
    RAISE EXCEPTION \'The schedule % would make its job start itself.\', NEW.name USING ERRCODE = \'MG001\'\x3B
  END IF\x3B
  RETURN NULL\x3B
END';
CREATE TRIGGER "Schedule_followNew" AFTER INSERT ON "Schedule"
  FOR EACH ROW WHEN (NEW."afterRule" IS NOT NULL) EXECUTE FUNCTION "followJobs"();
CREATE TRIGGER "Schedule_follow" AFTER UPDATE ON "Schedule"
  FOR EACH ROW WHEN (
    (NEW."afterRule" IS NOT NULL OR OLD."afterRule" IS NOT NULL)
    AND (NEW."afterRule", NEW."afterJobIds", NEW."jobId", NEW."deletedAt", NEW."isEnabled")
      IS DISTINCT FROM (OLD."afterRule", OLD."afterJobIds", OLD."jobId", OLD."deletedAt", OLD."isEnabled")
  ) EXECUTE FUNCTION "followJobs"();

CREATE FUNCTION "forgetSuccesses"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  DELETE FROM "UpstreamSuccess" WHERE "scheduleId" = OLD.id\x3B
  RETURN NULL\x3B
END';
CREATE TRIGGER "Schedule_forgetSuccesses" AFTER DELETE ON "Schedule"
  FOR EACH ROW WHEN (OLD."afterRule" IS NOT NULL) EXECUTE FUNCTION "forgetSuccesses"();

-- A success of a job is kept for each schedule that follows it, in the transaction that records the end of the run, by
-- whomever. So it is lost by no crash, and it is there once.
CREATE FUNCTION "noteSuccess"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  INSERT INTO "UpstreamSuccess" ("scheduleId", slot, "jobId", "runId", "succeededAt")
  SELECT s.id, CASE s."afterRule" WHEN \'ALL\' THEN NEW."jobId" ELSE NEW.id END, NEW."jobId", NEW.id, "gatewayNow"()
  FROM "ScheduleUpstream" AS u JOIN "Schedule" AS s ON s.id = u."scheduleId"
  WHERE u."jobId" = NEW."jobId" AND s."afterRule" IS NOT NULL AND s."isEnabled" AND s."deletedAt" IS NULL
    AND (s."startsAt" IS NULL OR s."startsAt" <= "gatewayNow"()) AND (s."endsAt" IS NULL OR s."endsAt" >= "gatewayNow"())
  ORDER BY s.id
  ON CONFLICT ("scheduleId", slot) DO UPDATE SET "runId" = EXCLUDED."runId", "succeededAt" = EXCLUDED."succeededAt"\x3B
  IF FOUND THEN PERFORM pg_notify(\'meltano_graphql\', \'{"topic":"SCHEDULE"}\')\x3B END IF\x3B
  RETURN NULL\x3B
END';
CREATE TRIGGER "Run_noteSuccess" AFTER UPDATE OF status ON "Run"
  FOR EACH ROW WHEN (NEW.status = 'SUCCEEDED' AND OLD.status <> 'SUCCEEDED' AND NEW.kind = 'RUN' AND NEW."jobId" IS NOT NULL)
  EXECUTE FUNCTION "noteSuccess"();
