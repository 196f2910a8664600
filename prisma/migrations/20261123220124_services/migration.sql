-- CreateEnum
CREATE TYPE "ServiceStatus" AS ENUM ('STOPPED', 'STARTING', 'RUNNING', 'STOPPING', 'BACKING_OFF', 'FAILED');

-- CreateEnum
CREATE TYPE "DesiredServiceStatus" AS ENUM ('RUNNING', 'STOPPED');

-- CreateEnum
CREATE TYPE "RestartPolicy" AS ENUM ('NEVER', 'ON_FAILURE', 'ALWAYS');

-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'SERVICE';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "args" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "serviceId" UUID;

-- CreateTable
CREATE TABLE "Service" (
    "id" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "args" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "env" JSONB NOT NULL DEFAULT '[]',
    "desiredStatus" "DesiredServiceStatus" NOT NULL DEFAULT 'STOPPED',
    "status" "ServiceStatus" NOT NULL DEFAULT 'STOPPED',
    "statusReason" TEXT,
    "restartPolicy" "RestartPolicy" NOT NULL DEFAULT 'ON_FAILURE',
    "maxRestarts" INTEGER,
    "backoffInitialSeconds" INTEGER NOT NULL DEFAULT 1,
    "backoffMaxSeconds" INTEGER NOT NULL DEFAULT 300,
    "stableAfterSeconds" INTEGER NOT NULL DEFAULT 60,
    "restartCount" INTEGER NOT NULL DEFAULT 0,
    "nextStartTime" TIMESTAMPTZ(3),
    "currentRunId" UUID,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "deleteTime" TIMESTAMPTZ(3),

    CONSTRAINT "Service_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Service_currentRunId_key" ON "Service"("currentRunId");

-- CreateIndex
CREATE INDEX "Service_environmentId_name_id_idx" ON "Service"("environmentId", "name", "id");

-- CreateIndex
CREATE INDEX "Service_environmentId_id_idx" ON "Service"("environmentId", "id");

-- CreateIndex
CREATE INDEX "Service_nextStartTime_idx" ON "Service"("nextStartTime") WHERE ("nextStartTime" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Service_deleteTime_idx" ON "Service"("deleteTime") WHERE ("deleteTime" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Service_environmentId_name_key" ON "Service"("environmentId", "name") WHERE ("deleteTime" IS NULL);

-- CreateIndex
CREATE INDEX "Run_serviceId_id_idx" ON "Run"("serviceId", "id") WHERE ("serviceId" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_serviceId_status_id_idx" ON "Run"("serviceId", "status", "id") WHERE ("serviceId" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Service" ADD CONSTRAINT "Service_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Service" ADD CONSTRAINT "Service_currentRunId_fkey" FOREIGN KEY ("currentRunId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_serviceId_fkey" FOREIGN KEY ("serviceId") REFERENCES "Service"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- An etag is of what callers set. What workers write while they keep a service running is not counted.
CREATE TRIGGER "Service_countRevision" BEFORE UPDATE OF
    "environmentId", "name", "command", "args", "env", "desiredStatus", "restartPolicy", "maxRestarts",
    "backoffInitialSeconds", "backoffMaxSeconds", "stableAfterSeconds", "deleteTime"
  ON "Service"
  FOR EACH ROW EXECUTE FUNCTION "countRevision"();
