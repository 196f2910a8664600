-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'DISCOVER';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "importedAt" TIMESTAMPTZ(3),
ADD COLUMN     "meltanoRunId" UUID;

-- CreateTable
CREATE TABLE "Catalog" (
    "id" UUID NOT NULL,
    "pluginId" UUID NOT NULL,
    "environmentId" UUID NOT NULL,
    "runId" UUID,
    "configDigest" TEXT NOT NULL,
    "selectPatterns" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "discoveredAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Catalog_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Stream" (
    "catalogId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "isSelected" BOOLEAN NOT NULL,
    "properties" JSONB NOT NULL,

    CONSTRAINT "Stream_pkey" PRIMARY KEY ("catalogId","name")
);

-- CreateIndex
CREATE INDEX "Catalog_environmentId_idx" ON "Catalog"("environmentId");

-- CreateIndex
CREATE INDEX "Catalog_runId_idx" ON "Catalog"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "Catalog_pluginId_environmentId_key" ON "Catalog"("pluginId", "environmentId");

-- CreateIndex
CREATE UNIQUE INDEX "Run_projectId_meltanoRunId_key" ON "Run"("projectId", "meltanoRunId") WHERE ("meltanoRunId" IS NOT NULL);

-- AddForeignKey
ALTER TABLE "Catalog" ADD CONSTRAINT "Catalog_pluginId_fkey" FOREIGN KEY ("pluginId") REFERENCES "Plugin"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Catalog" ADD CONSTRAINT "Catalog_environmentId_fkey" FOREIGN KEY ("environmentId") REFERENCES "Environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Catalog" ADD CONSTRAINT "Catalog_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Stream" ADD CONSTRAINT "Stream_catalogId_fkey" FOREIGN KEY ("catalogId") REFERENCES "Catalog"("id") ON DELETE CASCADE ON UPDATE CASCADE;
