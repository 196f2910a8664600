-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "runAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Run_waiting_runAt_idx" ON "Run"("runAt") WHERE ((status = 'QUEUED'::"RunStatus") AND ("waitingForKey" = 'time'::text));
