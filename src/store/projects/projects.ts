import { join } from 'node:path';
import type { Prisma, Project } from '../generated/client.ts';
import { advisoryLocks } from '../database/advisory-locks.ts';
import { ago, sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';

/** Statements on projects. */
export function projectStatements(db: Prisma.TransactionClient) {
  return {
    /** Lets other transactions import only after this one has ended. */
    lockImports: async (): Promise<void> => {
      await db.$queryRaw(sql`SELECT pg_advisory_xact_lock(${advisoryLocks.import}::bigint)::text`);
    },
    byId: (id: string): Promise<Project | null> => db.project.findFirst({ where: { id, deletedAt: null } }),
    byIds: (ids: readonly string[]): Promise<Project[]> =>
      db.project.findMany({ where: { id: { in: [...ids] } } }),
    byName: (name: string): Promise<Project | null> =>
      db.project.findFirst({ where: { name, deletedAt: null } }),
    byDirectory: (directory: string): Promise<Project | null> =>
      db.project.findFirst({ where: { directory, deletedAt: null } }),
    /**
     * The project of a directory that was deleted at most some milliseconds ago; null when a project is there
     * now.
     */
    deletedIn: async (directory: string, withinMs: number): Promise<Project | null> => {
      const [newest] = await db.$queryRaw<(Project & { isRecent: boolean })[]>(
        sql`SELECT *, "deletedAt" > ${ago(withinMs)} AS "isRecent" FROM "Project"
            WHERE directory = ${directory} ORDER BY "deletedAt" DESC NULLS FIRST LIMIT 1`,
      );
      return newest?.isRecent === true ? newest : null;
    },
    create: (data: Prisma.ProjectUncheckedCreateInput): Promise<Project> =>
      db.project.create({ data: { id: newId(), ...data } }),
    /**
     * Creates a project whose `meltano.yml` is written by the gateway, in a directory with the project's id
     * as name.
     */
    createManaged: (
      name: string,
      { parentDirectory, host, text }: { parentDirectory: string; host: string; text: string },
    ): Promise<Project> => {
      const id = newId();
      const directory = join(parentDirectory, id);
      const own = { manifestMode: 'MANAGED', ownManifest: { create: { text } } } as const;
      return db.project.create({ data: { id, name, directory, importedHost: host, ...own } });
    },
    /** The last written `meltano.yml` of a managed project, including secrets. */
    manifestText: async (projectId: string): Promise<string> => {
      const { text } = await db.projectManifest.findUniqueOrThrow({ where: { projectId } });
      return text;
    },
    manifestTexts: async (projectIds: readonly string[]): Promise<Map<string, string>> => {
      const rows = await db.projectManifest.findMany({ where: { projectId: { in: [...projectIds] } } });
      return new Map(rows.map(({ projectId, text }) => [projectId, text]));
    },
    /** Writes it anew, which is a change of the project. */
    writeManifestText: async (projectId: string, text: string): Promise<void> => {
      await db.$executeRaw(
        sql`WITH changed AS (UPDATE "Project" SET revision = revision + 1 WHERE id = ${projectId}::uuid)
            UPDATE "ProjectManifest" SET text = ${text} WHERE "projectId" = ${projectId}::uuid`,
      );
    },
    update: (id: string, data: Prisma.ProjectUncheckedUpdateInput): Promise<Project> =>
      db.project.update({ where: { id }, data }),

    /** Makes the next import read a project's files in full. */
    forgetImport: async (projectId: string): Promise<void> => {
      await db.project.update({ where: { id: projectId }, data: { manifestDigest: null } });
    },
    /** Counts as a change of the project, so that transactions that have read it before notice. */
    touch: async (id: string): Promise<void> => {
      await db.$executeRaw(sql`UPDATE "Project" SET "deletedAt" = "deletedAt" WHERE id = ${id}::uuid`);
    },
  };
}
