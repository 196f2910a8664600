-- DropIndex
DROP INDEX "Run_ready_turnAt_idx";

-- CreateIndex
CREATE INDEX "Run_isReady_turnAt_idx" ON "Run"("projectId", "environmentId", "labels", "turnAt", "id") WHERE (((status = 'QUEUED'::"RunStatus") AND ("endedAt" IS NULL) AND ("waitingForKey" IS NULL)) IS TRUE);
