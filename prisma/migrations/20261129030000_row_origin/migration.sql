-- Where a row comes from and what has become of it stand in columns that say so. Before, it was told by a key without a
-- digest (dropped from the files), by an empty digest (to be applied again), and by a deletion at the first of all
-- times (purged, and kept for imports).

-- CreateEnum
CREATE TYPE "Origin" AS ENUM ('API', 'MANIFEST', 'DROPPED');

-- AlterTable
ALTER TABLE "Environment" ADD COLUMN     "origin" "Origin" NOT NULL DEFAULT 'API',
ADD COLUMN     "purgedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Plugin" ADD COLUMN     "origin" "Origin" NOT NULL DEFAULT 'API',
ADD COLUMN     "purgedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "origin" "Origin" NOT NULL DEFAULT 'API',
ADD COLUMN     "purgedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Schedule" ADD COLUMN     "origin" "Origin" NOT NULL DEFAULT 'API',
ADD COLUMN     "purgedAt" TIMESTAMPTZ(3);

-- Saying the same in other columns is no change that anybody has made: etags stay as they are.
ALTER TABLE "Environment" DISABLE TRIGGER "Environment_countRevision";
ALTER TABLE "Plugin" DISABLE TRIGGER "Plugin_countRevision";
ALTER TABLE "Job" DISABLE TRIGGER "Job_countRevision";
ALTER TABLE "Schedule" DISABLE TRIGGER "Schedule_countRevision";

-- When a purged row was deleted is not known any more. A digest without a key was left when another row took the key.
UPDATE "Environment" SET
  "origin" = CASE WHEN "manifestKey" IS NULL THEN 'API' WHEN "manifestDigest" IS NULL THEN 'DROPPED' ELSE 'MANIFEST' END::"Origin",
  "manifestDigest" = CASE WHEN "manifestKey" IS NOT NULL THEN nullif("manifestDigest", '') END,
  "purgedAt" = CASE WHEN "deletedAt" = 'epoch' THEN CURRENT_TIMESTAMP END
  WHERE "manifestKey" IS NOT NULL OR "manifestDigest" IS NOT NULL OR "deletedAt" = 'epoch';
UPDATE "Plugin" SET
  "origin" = CASE WHEN "manifestKey" IS NULL THEN 'API' WHEN "manifestDigest" IS NULL THEN 'DROPPED' ELSE 'MANIFEST' END::"Origin",
  "manifestDigest" = CASE WHEN "manifestKey" IS NOT NULL THEN nullif("manifestDigest", '') END,
  "purgedAt" = CASE WHEN "deletedAt" = 'epoch' THEN CURRENT_TIMESTAMP END
  WHERE "manifestKey" IS NOT NULL OR "manifestDigest" IS NOT NULL OR "deletedAt" = 'epoch';
UPDATE "Job" SET
  "origin" = CASE WHEN "manifestKey" IS NULL THEN 'API' WHEN "manifestDigest" IS NULL THEN 'DROPPED' ELSE 'MANIFEST' END::"Origin",
  "manifestDigest" = CASE WHEN "manifestKey" IS NOT NULL THEN nullif("manifestDigest", '') END,
  "purgedAt" = CASE WHEN "deletedAt" = 'epoch' THEN CURRENT_TIMESTAMP END
  WHERE "manifestKey" IS NOT NULL OR "manifestDigest" IS NOT NULL OR "deletedAt" = 'epoch';
UPDATE "Schedule" SET
  "origin" = CASE WHEN "manifestKey" IS NULL THEN 'API' WHEN "manifestDigest" IS NULL THEN 'DROPPED' ELSE 'MANIFEST' END::"Origin",
  "manifestDigest" = CASE WHEN "manifestKey" IS NOT NULL THEN nullif("manifestDigest", '') END,
  "purgedAt" = CASE WHEN "deletedAt" = 'epoch' THEN CURRENT_TIMESTAMP END
  WHERE "manifestKey" IS NOT NULL OR "manifestDigest" IS NOT NULL OR "deletedAt" = 'epoch';

ALTER TABLE "Environment" ENABLE TRIGGER "Environment_countRevision";
ALTER TABLE "Plugin" ENABLE TRIGGER "Plugin_countRevision";
ALTER TABLE "Job" ENABLE TRIGGER "Job_countRevision";
ALTER TABLE "Schedule" ENABLE TRIGGER "Schedule_countRevision";

-- What always holds: what the files have or had, and nothing else, has a key there. Only what they have has the digest of
-- a definition, and only what was deleted can be purged.
ALTER TABLE "Environment" ADD CONSTRAINT "Environment_origin_check" CHECK (
  ("origin" = 'API') = ("manifestKey" IS NULL)
  AND ("origin" = 'MANIFEST' OR "manifestDigest" IS NULL)
  AND ("deletedAt" IS NOT NULL OR "purgedAt" IS NULL)
);
ALTER TABLE "Plugin" ADD CONSTRAINT "Plugin_origin_check" CHECK (
  ("origin" = 'API') = ("manifestKey" IS NULL)
  AND ("origin" = 'MANIFEST' OR "manifestDigest" IS NULL)
  AND ("deletedAt" IS NOT NULL OR "purgedAt" IS NULL)
);
ALTER TABLE "Job" ADD CONSTRAINT "Job_origin_check" CHECK (
  ("origin" = 'API') = ("manifestKey" IS NULL)
  AND ("origin" = 'MANIFEST' OR "manifestDigest" IS NULL)
  AND ("deletedAt" IS NOT NULL OR "purgedAt" IS NULL)
);
ALTER TABLE "Schedule" ADD CONSTRAINT "Schedule_origin_check" CHECK (
  ("origin" = 'API') = ("manifestKey" IS NULL)
  AND ("origin" = 'MANIFEST' OR "manifestDigest" IS NULL)
  AND ("deletedAt" IS NOT NULL OR "purgedAt" IS NULL)
);
