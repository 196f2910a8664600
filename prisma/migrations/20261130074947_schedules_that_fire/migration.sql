-- CreateEnum
CREATE TYPE "ScheduleOverlap" AS ENUM ('SKIP', 'QUEUE', 'CANCEL_RUNNING', 'ALLOW');

-- CreateEnum
CREATE TYPE "ScheduleCatchUp" AS ENUM ('NONE', 'LATEST', 'ALL');

-- CreateEnum
CREATE TYPE "SchedulePauseReason" AS ENUM ('REQUESTED', 'ENVIRONMENT', 'FAILURES');

-- CreateEnum
CREATE TYPE "EnvironmentSchedules" AS ENUM ('ENABLED', 'PAUSED');

-- CreateEnum
CREATE TYPE "TickOutcome" AS ENUM ('RUN', 'SKIPPED', 'MISSED');

-- CreateEnum
CREATE TYPE "TickReason" AS ENUM ('OVERLAP', 'INVALID', 'NO_CATCH_UP', 'OUTSIDE_WINDOW', 'OVER_LIMIT');

-- AlterEnum
ALTER TYPE "RunTrigger" ADD VALUE 'SCHEDULE';

-- AlterTable
ALTER TABLE "Environment" ADD COLUMN     "importedSchedules" "EnvironmentSchedules";

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "ownStateId" TEXT,
ADD COLUMN     "scheduleId" UUID,
ADD COLUMN     "scheduledFor" TIMESTAMPTZ(3),
ADD COLUMN     "transform" TEXT;

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "catchUp" "ScheduleCatchUp" NOT NULL DEFAULT 'LATEST',
ADD COLUMN     "catchUpLimit" INTEGER NOT NULL DEFAULT 100,
ADD COLUMN     "catchUpWindowSeconds" INTEGER NOT NULL DEFAULT 86400,
ADD COLUMN     "endsAt" TIMESTAMPTZ(3),
ADD COLUMN     "graceSeconds" INTEGER NOT NULL DEFAULT 60,
ADD COLUMN     "jitterSeconds" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "nextTickAt" TIMESTAMPTZ(3),
ADD COLUMN     "overlap" "ScheduleOverlap" NOT NULL DEFAULT 'SKIP',
ADD COLUMN     "pauseAfterFailures" INTEGER,
ADD COLUMN     "pauseNote" TEXT,
ADD COLUMN     "pauseReason" "SchedulePauseReason",
ADD COLUMN     "pausedAt" TIMESTAMPTZ(3),
ADD COLUMN     "resumedAt" TIMESTAMPTZ(3),
ADD COLUMN     "startsAt" TIMESTAMPTZ(3),
ADD COLUMN     "tickCursor" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "ScheduleTick" (
    "scheduleId" UUID NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "lastDueAt" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,
    "outcome" "TickOutcome" NOT NULL,
    "reason" "TickReason",
    "message" TEXT,
    "runId" UUID,
    "blockingRunId" UUID,
    "plannedAt" TIMESTAMPTZ(3) NOT NULL,
    "decidedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ScheduleTick_pkey" PRIMARY KEY ("scheduleId","dueAt")
);

-- CreateIndex
CREATE INDEX "ScheduleTick_runId_idx" ON "ScheduleTick"("runId") WHERE ("runId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "ScheduleTick_blockingRunId_idx" ON "ScheduleTick"("blockingRunId") WHERE ("blockingRunId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_scheduleId_id_idx" ON "Run"("scheduleId", "id") WHERE ("scheduleId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_unfinished_scheduleId_id_idx" ON "Run"("scheduleId", "id") WHERE (("scheduleId" IS NOT NULL) AND ("endedAt" IS NULL));

-- CreateIndex
CREATE INDEX "Schedule_nextTickAt_id_idx" ON "Schedule"("nextTickAt", "id") WHERE ("nextTickAt" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "ScheduleTick" ADD CONSTRAINT "ScheduleTick_scheduleId_fkey" FOREIGN KEY ("scheduleId") REFERENCES "Schedule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ScheduleTick" ADD CONSTRAINT "ScheduleTick_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ScheduleTick" ADD CONSTRAINT "ScheduleTick_blockingRunId_fkey" FOREIGN KEY ("blockingRunId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_scheduleId_fkey" FOREIGN KEY ("scheduleId") REFERENCES "Schedule"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- The clock of schedules: the time by this database. Tests replace it, so that many processes share a clock that they
-- can set.
CREATE FUNCTION "gatewayNow"() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()';

-- Only what callers and imports set counts as a change of a schedule, and not that a tick was decided.
DROP TRIGGER "Schedule_countRevision" ON "Schedule";

-- Schedules that were imported were shown as enabled in every environment, and nothing ran them.
UPDATE "Schedule" AS s SET "isEnabled" = false, "pauseReason" = 'ENVIRONMENT'
  FROM "Environment" AS e, "Project" AS p
  WHERE e.id = s."environmentId" AND p.id = e."projectId" AND s."isEnabled" AND s.origin <> 'API'
    AND e.name IS DISTINCT FROM p."defaultEnvironment";
UPDATE "Schedule" SET "pauseReason" = 'REQUESTED' WHERE NOT "isEnabled" AND "pauseReason" IS NULL;
UPDATE "Schedule" SET "nextTickAt" = "tickCursor" WHERE "isEnabled" AND cron IS NOT NULL AND "deletedAt" IS NULL;

CREATE TRIGGER "Schedule_countRevision" BEFORE UPDATE OF
  "environmentId", "jobId", name, interval, cron, "timeZone", "isEnabled", "pauseReason", "pauseNote", "pausedAt",
  "resumedAt", overlap, "catchUp", "catchUpWindowSeconds", "catchUpLimit", "graceSeconds", "jitterSeconds", "startsAt",
  "endsAt", "pauseAfterFailures", env, extractor, loader, transform, origin, "manifestKey", "manifestDigest",
  "deletedAt", "purgedAt"
  ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();

-- Whoever changes when a schedule is due, in whatever way: from now on it is due by the new times, and no tick of the
-- past comes back. The next tick is computed by a gateway, for which `nextTickAt` = `tickCursor` is the sign.
CREATE FUNCTION "planSchedule"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NOT NEW."isEnabled" OR NEW.cron IS NULL OR NEW."deletedAt" IS NOT NULL THEN
    NEW."nextTickAt" := NULL\x3B
    RETURN NEW\x3B
  END IF\x3B
  IF TG_OP = \'UPDATE\' THEN
    IF OLD."isEnabled" AND OLD."deletedAt" IS NULL AND OLD.cron = NEW.cron AND OLD."timeZone" = NEW."timeZone"
      AND OLD."jitterSeconds" = NEW."jitterSeconds" AND OLD."startsAt" IS NOT DISTINCT FROM NEW."startsAt"
      AND OLD."endsAt" IS NOT DISTINCT FROM NEW."endsAt" THEN RETURN NEW\x3B END IF\x3B
  END IF\x3B
  -- When the clock was set back, ticks after the present are decided already.
  NEW."tickCursor" := greatest("gatewayNow"(), (
    SELECT "lastDueAt" FROM "ScheduleTick" WHERE "scheduleId" = NEW.id ORDER BY "dueAt" DESC LIMIT 1
  ))\x3B
  NEW."nextTickAt" := NEW."tickCursor"\x3B
  PERFORM pg_notify(\'meltano_graphql\', \'{"topic":"SCHEDULE"}\')\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Schedule_plan" BEFORE INSERT OR UPDATE OF
  "isEnabled", cron, "timeZone", "jitterSeconds", "startsAt", "endsAt", "deletedAt"
  ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "planSchedule"();

-- The lists of values are never changed, only added to, see 20261129195456_find_runs.
CREATE OR REPLACE FUNCTION "describeRun"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  -- Gateways of the version before do not know the column.
  IF NEW.kind = \'SERVICE\' THEN NEW.trigger := \'SERVICE\'\x3B END IF\x3B
  NEW.facet := 100 * array_position(ARRAY[\'API\', \'BULK\', \'RETRY\', \'SERVICE\', \'IMPORT\', \'SCHEDULE\'], NEW.trigger::text)
    + 10 * array_position(ARRAY[\'RUN\', \'INSTALL\', \'TEST\', \'PLUGIN_TEST\', \'DISCOVER\', \'SERVICE\'], NEW.kind::text)
    + array_position(ARRAY[\'QUEUED\', \'RUNNING\', \'CANCELLING\', \'SUCCEEDED\', \'FAILED\', \'CANCELLED\', \'TIMED_OUT\', \'LOST\'], NEW.status::text)\x3B
  NEW."durationMs" := CASE WHEN NEW."startedAt" IS NOT NULL AND NEW."endedAt" IS NOT NULL
    THEN least(2147483647, greatest(0, round(1000 * extract(epoch FROM NEW."endedAt" - NEW."startedAt")))) END\x3B
  RETURN NEW\x3B
END';
