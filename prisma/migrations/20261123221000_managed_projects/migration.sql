ALTER TABLE "Project" RENAME COLUMN "manifest" TO "manifestMode";

-- CreateTable
CREATE TABLE "ProjectManifest" (
    "projectId" UUID NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "ProjectManifest_pkey" PRIMARY KEY ("projectId")
);

-- AddForeignKey
ALTER TABLE "ProjectManifest" ADD CONSTRAINT "ProjectManifest_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;
