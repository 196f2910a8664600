-- CreateEnum
CREATE TYPE "RunLimitScope" AS ENUM ('PROJECT', 'ENVIRONMENT', 'JOB', 'LABEL');

-- CreateTable
CREATE TABLE "RunLimit" (
    "key" TEXT NOT NULL,
    "scope" "RunLimitScope" NOT NULL,
    "projectId" UUID,
    "environmentId" UUID,
    "jobId" UUID,
    "label" TEXT,
    "maxRuns" INTEGER NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp(),

    CONSTRAINT "RunLimit_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "RunLimit_projectId_idx" ON "RunLimit"("projectId");

-- CreateIndex
CREATE INDEX "RunLimit_environmentId_idx" ON "RunLimit"("environmentId");

-- CreateIndex
CREATE INDEX "RunLimit_jobId_idx" ON "RunLimit"("jobId");

-- CreateIndex
CREATE INDEX "Run_waitingForKey_id_idx" ON "Run"("waitingForKey", "id") WHERE ("waitingForKey" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "RunLimit" ADD CONSTRAINT "RunLimit_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLimit" ADD CONSTRAINT "RunLimit_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLimit" ADD CONSTRAINT "RunLimit_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER "RunLimit_noteUpdate" BEFORE UPDATE ON "RunLimit"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();
