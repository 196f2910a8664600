-- CreateEnum
CREATE TYPE "RunTrigger" AS ENUM ('API', 'BULK', 'RETRY', 'SERVICE', 'IMPORT');

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "durationMs" INTEGER,
ADD COLUMN     "facet" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN     "trigger" "RunTrigger" NOT NULL DEFAULT 'API';

-- What lists of runs are found by: see src/store/reading/run-facets.ts. The lists of values are never changed, only
-- added to: facets that are stored keep their meaning.
CREATE FUNCTION "describeRun"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  -- Gateways of the version before do not know the column.
  IF NEW.kind = \'SERVICE\' THEN NEW.trigger := \'SERVICE\'\x3B END IF\x3B
  NEW.facet := 100 * array_position(ARRAY[\'API\', \'BULK\', \'RETRY\', \'SERVICE\', \'IMPORT\'], NEW.trigger::text)
    + 10 * array_position(ARRAY[\'RUN\', \'INSTALL\', \'TEST\', \'PLUGIN_TEST\', \'DISCOVER\', \'SERVICE\'], NEW.kind::text)
    + array_position(ARRAY[\'QUEUED\', \'RUNNING\', \'CANCELLING\', \'SUCCEEDED\', \'FAILED\', \'CANCELLED\', \'TIMED_OUT\', \'LOST\'], NEW.status::text)\x3B
  NEW."durationMs" := CASE WHEN NEW."startedAt" IS NOT NULL AND NEW."endedAt" IS NOT NULL
    THEN least(2147483647, greatest(0, round(1000 * extract(epoch FROM NEW."endedAt" - NEW."startedAt")))) END\x3B
  RETURN NEW\x3B
END';
CREATE TRIGGER "describeRun" BEFORE INSERT OR UPDATE OF trigger, kind, status, "startedAt", "endedAt" ON "Run"
  FOR EACH ROW EXECUTE FUNCTION "describeRun"();

-- Which runs a bulk operation asked for was not kept.
UPDATE "Run" SET trigger = CASE
  WHEN kind = 'SERVICE' THEN 'SERVICE'
  WHEN "importedAt" IS NOT NULL THEN 'IMPORT'
  WHEN attempt > 1 THEN 'RETRY'
  ELSE 'API'
END::"RunTrigger";

-- CreateIndex
CREATE INDEX "Run_facet_id_idx" ON "Run"("facet", "id");

-- CreateIndex
CREATE INDEX "Run_facet_startedAt_id_idx" ON "Run"("facet", "startedAt", "id") WHERE ("startedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_facet_endedAt_id_idx" ON "Run"("facet", "endedAt", "id") WHERE ("endedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_facet_durationMs_id_idx" ON "Run"("facet", "durationMs", "id") WHERE ("durationMs" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_projectId_facet_id_idx" ON "Run"("projectId", "facet", "id");

-- CreateIndex
CREATE INDEX "Run_projectId_facet_startedAt_id_idx" ON "Run"("projectId", "facet", "startedAt", "id") WHERE ("startedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_projectId_facet_endedAt_id_idx" ON "Run"("projectId", "facet", "endedAt", "id") WHERE ("endedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_projectId_facet_durationMs_id_idx" ON "Run"("projectId", "facet", "durationMs", "id") WHERE ("durationMs" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_environmentId_facet_id_idx" ON "Run"("environmentId", "facet", "id");

-- CreateIndex
CREATE INDEX "Run_environmentId_facet_startedAt_id_idx" ON "Run"("environmentId", "facet", "startedAt", "id") WHERE ("startedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_environmentId_facet_endedAt_id_idx" ON "Run"("environmentId", "facet", "endedAt", "id") WHERE ("endedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_environmentId_facet_durationMs_id_idx" ON "Run"("environmentId", "facet", "durationMs", "id") WHERE ("durationMs" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_jobId_facet_id_idx" ON "Run"("jobId", "facet", "id");

-- CreateIndex
CREATE INDEX "Run_jobId_facet_startedAt_id_idx" ON "Run"("jobId", "facet", "startedAt", "id") WHERE ("startedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_jobId_facet_endedAt_id_idx" ON "Run"("jobId", "facet", "endedAt", "id") WHERE ("endedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_jobId_facet_durationMs_id_idx" ON "Run"("jobId", "facet", "durationMs", "id") WHERE ("durationMs" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_serviceId_facet_startedAt_id_idx" ON "Run"("serviceId", "facet", "startedAt", "id") WHERE (("serviceId" IS NOT NULL) AND ("startedAt" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Run_serviceId_facet_endedAt_id_idx" ON "Run"("serviceId", "facet", "endedAt", "id") WHERE (("serviceId" IS NOT NULL) AND ("endedAt" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Run_serviceId_facet_durationMs_id_idx" ON "Run"("serviceId", "facet", "durationMs", "id") WHERE (("serviceId" IS NOT NULL) AND ("durationMs" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Job_name_id_idx" ON "Job"("name", "id");

-- CreateIndex
CREATE INDEX "Schedule_name_id_idx" ON "Schedule"("name", "id");

-- CreateIndex
CREATE INDEX "Service_name_id_idx" ON "Service"("name", "id");

-- CreateIndex
CREATE INDEX "State_stateId_id_idx" ON "State"("stateId", "id");

-- CreateIndex
CREATE INDEX "State_updatedAt_id_idx" ON "State"("updatedAt", "id");

-- CreateIndex
CREATE INDEX "State_pair_stateId_id_idx" ON "State"("pair", "stateId", "id");

-- CreateIndex
CREATE INDEX "Run_any_status_id_idx" ON "Run"("status", "id");
