-- CreateIndex
CREATE INDEX "Run_id_idx" ON "Run"("id") WHERE (("endedAt" IS NOT NULL) AND (env @? '$[*]?(@."sensitive" == true && @."value" != null)'::jsonpath));
