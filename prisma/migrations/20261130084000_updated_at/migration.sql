-- AlterTable
ALTER TABLE "BulkOperation" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Environment" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Plugin" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Project" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Service" ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- The time of a change is written with it, whoever makes it.
CREATE FUNCTION "noteUpdate"() RETURNS trigger LANGUAGE plpgsql AS E'BEGIN
  IF NEW IS DISTINCT FROM OLD THEN NEW."updatedAt" := statement_timestamp()\x3B END IF\x3B
  RETURN NEW\x3B
END';

CREATE TRIGGER "Project_noteUpdate" BEFORE UPDATE ON "Project"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "Environment_noteUpdate" BEFORE UPDATE ON "Environment"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "Plugin_noteUpdate" BEFORE UPDATE ON "Plugin"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "Job_noteUpdate" BEFORE UPDATE ON "Job"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "Schedule_noteUpdate" BEFORE UPDATE ON "Schedule"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "Service_noteUpdate" BEFORE UPDATE ON "Service"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

-- Not what a worker writes all the time: its sign of life, and the number of lines.
CREATE TRIGGER "Run_noteUpdate" BEFORE UPDATE OF
    "environmentId", "jobId", "serviceId", status, "startedAt", "endedAt", "workerId", "waitingForRunId",
    "waitingForKey", "endReason", "exitCode", signal, "errorMessage"
  ON "Run"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();

CREATE TRIGGER "BulkOperation_noteUpdate" BEFORE UPDATE OF
    status, "succeededCount", "failedCount", "startedAt", "endedAt"
  ON "BulkOperation"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();
