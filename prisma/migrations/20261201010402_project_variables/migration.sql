-- CreateTable
CREATE TABLE "ProjectVariable" (
    "id" UUID NOT NULL,
    "projectId" UUID NOT NULL,
    "environmentId" UUID,
    "name" TEXT NOT NULL,
    "value" TEXT,
    "locked" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT statement_timestamp(),

    CONSTRAINT "ProjectVariable_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ProjectVariable_projectId_name_id_idx" ON "ProjectVariable"("projectId", "name", "id");

-- CreateIndex
CREATE INDEX "ProjectVariable_environmentId_name_id_idx" ON "ProjectVariable"("environmentId", "name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ProjectVariable_projectId_name_key" ON "ProjectVariable"("projectId", "name") WHERE ("environmentId" IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "ProjectVariable_environmentId_name_key" ON "ProjectVariable"("environmentId", "name");

-- AddForeignKey
ALTER TABLE "ProjectVariable" ADD CONSTRAINT "ProjectVariable_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProjectVariable" ADD CONSTRAINT "ProjectVariable_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER "ProjectVariable_noteUpdate" BEFORE UPDATE ON "ProjectVariable"
  FOR EACH ROW EXECUTE FUNCTION "noteUpdate"();
