-- AlterTable
ALTER TABLE "ProjectSource" ADD COLUMN     "pushSecret" TEXT;
