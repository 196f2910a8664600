import type { Prisma, ProjectFile } from '../generated/client.ts';
import { newId } from '../../lib/uuid.ts';
import { sql } from '../../lib/sql.ts';

/** A file without its text. */
export type FileHead = Pick<ProjectFile, 'id' | 'path' | 'size' | 'digest' | 'isExecutable'>;

/** What a project has beside one of its files. */
export interface OtherFiles {
  count: number;
  /** The bytes of all of them. */
  size: number;
  /** A file whose path is that of a folder of the file, or lies in it as if it were one; null when there is none. */
  inTheWay: string | null;
}

/** Statements on the files of managed projects. */
export function projectFileStatements(db: Prisma.TransactionClient) {
  return {
    head: (projectId: string, path: string): Promise<FileHead | null> =>
      db.projectFile.findUnique({
        where: { projectId_path: { projectId, path } },
        select: { id: true, path: true, size: true, digest: true, isExecutable: true },
      }),

    /** All files of a project, without their texts. */
    heads: (projectId: string): Promise<FileHead[]> =>
      db.projectFile.findMany({
        where: { projectId },
        orderBy: { path: 'asc' },
        select: { id: true, path: true, size: true, digest: true, isExecutable: true },
      }),

    /** The text of a file with its digest; null when it is gone. */
    text: (id: string): Promise<Pick<ProjectFile, 'text' | 'digest'> | null> =>
      db.projectFile.findUnique({ where: { id }, select: { text: true, digest: true } }),

    /** @param folders the folders in which the file lies, without the project's own */
    beside: async (projectId: string, path: string, folders: readonly string[]): Promise<OtherFiles> => {
      const [found] = await db.$queryRaw<[OtherFiles]>(
        sql`SELECT count(*)::int AS count, coalesce(sum(size), 0)::int AS size,
              min(path) FILTER (WHERE path = ANY (${[...folders]}::text[]) OR starts_with(path, ${`${path}/`})) AS "inTheWay"
            FROM "ProjectFile" WHERE "projectId" = ${projectId}::uuid AND path <> ${path}`,
      );
      return found;
    },

    /** Writes a file, and notes that the project's files have changed. @returns its id */
    put: async (
      projectId: string,
      { path, text, size, digest, isExecutable }: Omit<FileHead, 'id'> & Pick<ProjectFile, 'text'>,
    ): Promise<string> => {
      const [{ id }] = await db.$queryRaw<[{ id: string }]>(
        sql`INSERT INTO "ProjectFile" (id, "projectId", path, text, size, digest, "isExecutable")
            VALUES (${newId()}::uuid, ${projectId}::uuid, ${path}, ${text}, ${size}::int, ${digest}, ${isExecutable})
            ON CONFLICT ("projectId", path) DO UPDATE SET text = excluded.text, size = excluded.size,
              digest = excluded.digest, "isExecutable" = excluded."isExecutable"
            RETURNING id`,
      );
      await noteFiles(db, projectId);
      return id;
    },

    /** Removes a file, and notes that the project's files have changed. */
    remove: async (projectId: string, id: string): Promise<void> => {
      await db.projectFile.deleteMany({ where: { id, projectId } });
      await noteFiles(db, projectId);
    },
  };
}

/** Stores the digest of a project's files, by which workers see whether they have them. */
async function noteFiles(db: Prisma.TransactionClient, projectId: string): Promise<void> {
  await db.$executeRaw(
    sql`UPDATE "Project" SET "filesDigest" = (
          SELECT encode(sha256(convert_to(string_agg(
            concat_ws(' ', digest, "isExecutable", path), E'\n' ORDER BY path COLLATE "C"
          ), 'UTF8')), 'hex') FROM "ProjectFile" WHERE "projectId" = ${projectId}::uuid
        ) WHERE id = ${projectId}::uuid`,
  );
}
