-- CreateEnum
CREATE TYPE "BulkVerb" AS ENUM ('RUN_JOBS', 'CANCEL_RUNS', 'RETRY_RUNS', 'DELETE_RUNS', 'PAUSE_SCHEDULES', 'RESUME_SCHEDULES', 'COPY_STATES', 'MOVE_STATES', 'CLEAR_STATES');

-- CreateEnum
CREATE TYPE "BulkOperationStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "BulkItemStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED', 'SKIPPED');

-- CreateTable
CREATE TABLE "BulkOperation" (
    "id" UUID NOT NULL,
    "verb" "BulkVerb" NOT NULL,
    "filter" JSONB NOT NULL,
    "options" JSONB NOT NULL,
    "status" "BulkOperationStatus" NOT NULL,
    "itemCount" INTEGER NOT NULL,
    "succeededCount" INTEGER NOT NULL DEFAULT 0,
    "failedCount" INTEGER NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "workerId" TEXT,
    "heartbeatAt" TIMESTAMPTZ(3),

    CONSTRAINT "BulkOperation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BulkItem" (
    "operationId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "subjectType" TEXT NOT NULL,
    "subjectId" UUID NOT NULL,
    "subjectName" TEXT,
    "status" "BulkItemStatus" NOT NULL DEFAULT 'PENDING',
    "resultType" TEXT,
    "resultId" UUID,
    "error" JSONB,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "BulkItem_pkey" PRIMARY KEY ("operationId","position")
);

-- CreateIndex
CREATE INDEX "BulkOperation_status_id_idx" ON "BulkOperation"("status", "id");

-- CreateIndex
CREATE INDEX "BulkOperation_endedAt_idx" ON "BulkOperation"("endedAt") WHERE ("endedAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "BulkItem_operationId_status_position_idx" ON "BulkItem"("operationId", "status", "position");

-- AddForeignKey
ALTER TABLE "BulkItem" ADD CONSTRAINT "BulkItem_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "BulkOperation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
