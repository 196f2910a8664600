-- CreateEnum
CREATE TYPE "Stdio" AS ENUM ('STDOUT', 'STDERR');

-- AlterTable
ALTER TABLE "RunBlock" ADD COLUMN     "firstLine" INTEGER,
ADD COLUMN     "lastLine" INTEGER;

-- AlterTable
ALTER TABLE "RunLog" ADD COLUMN     "ansiText" TEXT,
ADD COLUMN     "stdio" "Stdio";
