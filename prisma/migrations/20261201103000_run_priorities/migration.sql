-- CreateEnum
CREATE TYPE "RunPriority" AS ENUM ('HIGHEST', 'HIGH', 'NORMAL', 'LOW', 'LOWEST');

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "priority" "RunPriority";

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "priority" "RunPriority";

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "priority" "RunPriority" NOT NULL DEFAULT 'NORMAL',
ADD COLUMN     "turnAt" TIMESTAMPTZ(3);

-- When a run was requested, or may start, moved by six hours for each step from NORMAL. Ids have the time of their creation
-- in their first 48 bits.
CREATE FUNCTION "turnOf"(run "Run") RETURNS timestamptz LANGUAGE sql STABLE AS
  'SELECT greatest(
    to_timestamp((''x'' || left(replace(run.id::text, ''-'', ''''), 12))::bit(48)::bigint / 1000.0), run."runAt"
  ) + interval ''6 hours'' * (array_position(ARRAY[''HIGHEST'', ''HIGH'', ''NORMAL'', ''LOW'', ''LOWEST''], run.priority::text) - 3)';

-- What is there already.
UPDATE "Run" AS r SET "turnAt" = "turnOf"(r) WHERE status = 'QUEUED' AND "endedAt" IS NULL;

-- CreateIndex
CREATE INDEX "Run_ready_turnAt_idx" ON "Run"("projectId", "environmentId", "labels", "turnAt", "id") WHERE ((status = 'QUEUED'::"RunStatus") AND ("endedAt" IS NULL) AND ("waitingForKey" IS NULL));

-- DropIndex
DROP INDEX "Run_ready_projectId_id_idx";

-- CreateIndex
CREATE INDEX "Run_waitingForKey_turnAt_id_idx" ON "Run"("waitingForKey", "turnAt", "id") WHERE ("waitingForKey" IS NOT NULL);

-- DropIndex
DROP INDEX "Run_waitingForKey_id_idx";

-- Whoever makes a run, in whatever way: it has the priority of its schedule or its job, as they are then, unless it was
-- given one.
CREATE FUNCTION "takeTurn"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  NEW.priority := coalesce(
    NEW.priority,
    (SELECT s.priority FROM "Schedule" AS s WHERE s.id = NEW."scheduleId"),
    (SELECT j.priority FROM "Job" AS j WHERE j.id = NEW."jobId"),
    CASE WHEN NEW.trigger = \'BACKFILL\' THEN \'LOW\' ELSE \'NORMAL\' END::"RunPriority"
  )\x3B
  NEW."turnAt" := "turnOf"(NEW)\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "Run_takeTurn" BEFORE INSERT ON "Run"
  FOR EACH ROW WHEN (NEW."endedAt" IS NULL) EXECUTE FUNCTION "takeTurn"();

-- The priority counts as a change of a schedule, too.
DROP TRIGGER "Schedule_countRevision" ON "Schedule";
CREATE TRIGGER "Schedule_countRevision" BEFORE UPDATE OF
  "environmentId", "jobId", name, interval, cron, "timeZone", "isEnabled", "pauseReason", "pauseNote", "pausedAt",
  "resumedAt", overlap, "catchUp", "catchUpWindowSeconds", "catchUpLimit", "graceSeconds", "jitterSeconds", "startsAt",
  "endsAt", "pauseAfterFailures", env, extractor, loader, transform, origin, "manifestKey", "manifestDigest",
  "deletedAt", "purgedAt", "afterRule", "afterJobIds", priority
  ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();
