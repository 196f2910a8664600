-- AlterEnum
ALTER TYPE "BulkOperationStatus" ADD VALUE 'PAUSED';

-- AlterEnum
ALTER TYPE "BulkVerb" ADD VALUE 'BACKFILL';

-- AlterEnum
ALTER TYPE "RunTrigger" ADD VALUE 'BACKFILL';

-- AlterTable
ALTER TABLE "BulkItem" ADD COLUMN     "dueAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "BulkOperation" ADD COLUMN     "maxParallel" INTEGER;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "backfillId" UUID;

-- CreateIndex
CREATE INDEX "Run_scheduleId_scheduledFor_id_idx" ON "Run"("scheduleId", "scheduledFor", "id") WHERE (("scheduleId" IS NOT NULL) AND ("scheduledFor" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Run_jobId_scheduledFor_id_idx" ON "Run"("jobId", "scheduledFor", "id") WHERE (("jobId" IS NOT NULL) AND ("scheduledFor" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Run_backfillId_idx" ON "Run"("backfillId") WHERE (("backfillId" IS NOT NULL) AND ("endedAt" IS NULL));

-- CreateIndex
CREATE UNIQUE INDEX "Run_backfillId_scheduledFor_key" ON "Run"("backfillId", "scheduledFor") WHERE ("backfillId" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_backfillId_fkey" FOREIGN KEY ("backfillId") REFERENCES "BulkOperation"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- The lists of values are never changed, only added to, see 20261129195456_find_runs.
CREATE OR REPLACE FUNCTION "describeRun"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  -- Gateways of the version before do not know the column.
  IF NEW.kind = \'SERVICE\' THEN NEW.trigger := \'SERVICE\'\x3B END IF\x3B
  NEW.facet := 100 * array_position(ARRAY[\'API\', \'BULK\', \'RETRY\', \'SERVICE\', \'IMPORT\', \'SCHEDULE\', \'BACKFILL\'], NEW.trigger::text)
    + 10 * array_position(ARRAY[\'RUN\', \'INSTALL\', \'TEST\', \'PLUGIN_TEST\', \'DISCOVER\', \'SERVICE\'], NEW.kind::text)
    + array_position(ARRAY[\'QUEUED\', \'RUNNING\', \'CANCELLING\', \'SUCCEEDED\', \'FAILED\', \'CANCELLED\', \'TIMED_OUT\', \'LOST\'], NEW.status::text)\x3B
  NEW."durationMs" := CASE WHEN NEW."startedAt" IS NOT NULL AND NEW."endedAt" IS NOT NULL
    THEN least(2147483647, greatest(0, round(1000 * extract(epoch FROM NEW."endedAt" - NEW."startedAt")))) END\x3B
  RETURN NEW\x3B
END';

-- A backfill that has as many unfinished runs as it may goes on when one of them has ended, whoever has recorded that.
CREATE FUNCTION "wakeBackfill"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  PERFORM pg_notify(\'meltano_graphql\', json_build_object(\'topic\', \'BULK\', \'operationId\', NEW."backfillId")::text)\x3B
  RETURN NULL\x3B
END';
CREATE TRIGGER "Run_wakeBackfill" AFTER UPDATE OF "endedAt" ON "Run"
  FOR EACH ROW WHEN (NEW."backfillId" IS NOT NULL AND OLD."endedAt" IS NULL AND NEW."endedAt" IS NOT NULL)
  EXECUTE FUNCTION "wakeBackfill"();
