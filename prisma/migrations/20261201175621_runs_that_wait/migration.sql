-- DropIndex
DROP INDEX "Run_queued_expiresAt_idx";

-- DropIndex
DROP INDEX "Run_waitingForKey_turnAt_id_idx";

-- DropIndex
DROP INDEX "Run_waiting_runAt_idx";

-- CreateIndex
CREATE INDEX "Run_isExecuted_idx" ON "Run"("projectId", "environmentId", "jobId") WHERE (((status = ANY (ARRAY['RUNNING'::"RunStatus", 'CANCELLING'::"RunStatus"])) AND ("endedAt" IS NULL) AND (kind <> 'SERVICE'::"RunKind")) IS TRUE);

-- CreateIndex
CREATE INDEX "Run_waitsForLease_idx" ON "Run"("projectId", "waitingForKey", "labels", "turnAt", "id") WHERE (((status = 'QUEUED'::"RunStatus") AND ("waitingForKey" <> 'time'::text) AND (NOT starts_with("waitingForKey", 'limit:'::text))) IS TRUE);

-- CreateIndex
CREATE INDEX "Run_waitsForLimit_idx" ON "Run"("waitingForKey", "turnAt", "id") WHERE (((status = 'QUEUED'::"RunStatus") AND starts_with("waitingForKey", 'limit:'::text)) IS TRUE);

-- CreateIndex
CREATE INDEX "Run_waitsForTime_idx" ON "Run"("runAt") WHERE (((status = 'QUEUED'::"RunStatus") AND ("waitingForKey" = 'time'::text)) IS TRUE);

-- CreateIndex
CREATE INDEX "Run_canExpire_idx" ON "Run"("expiresAt") WHERE (((status = 'QUEUED'::"RunStatus") AND ("expiresAt" IS NOT NULL)) IS TRUE);
