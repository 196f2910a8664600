-- CreateIndex
CREATE INDEX "Run_ready_projectId_id_idx" ON "Run"("projectId", "id") WHERE ((status = 'QUEUED'::"RunStatus") AND ("endedAt" IS NULL) AND ("waitingForKey" IS NULL));
