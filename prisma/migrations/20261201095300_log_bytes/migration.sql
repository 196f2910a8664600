-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "logBytes" DOUBLE PRECISION;
