import { join } from 'node:path';
import type { Environment, Plugin, PluginType, Prisma, Project } from './generated/client.ts';
import { sql } from './sql.ts';
import { newId } from './uuid.ts';

/** An environment with the project that it belongs to. */
export type EnvironmentInPlace = Environment & { project: Project };

// Any number will do, as long as every gateway takes the same.
const importLock = 7_233_072;

/** Statements on projects, environments and plugins. */
export function projectStatements(db: Prisma.TransactionClient) {
  return {
    /** Does something within a transaction, and takes it back. */
    async withoutEffect<T>(work: () => Promise<T>): Promise<T> {
      await db.$executeRaw(sql`SAVEPOINT trial`);
      const result = await work();
      await db.$executeRaw(sql`ROLLBACK TO SAVEPOINT trial`);
      return result;
    },
    /** Holds back the imports of other transactions until this one ends. */
    lockImports: async (): Promise<void> => {
      await db.$queryRaw(sql`SELECT pg_advisory_xact_lock(${importLock}::bigint)::text`);
    },
    projectById: (id: string): Promise<Project | null> =>
      db.project.findFirst({ where: { id, deleteTime: null } }),
    projectsById: (ids: readonly string[]): Promise<Project[]> =>
      db.project.findMany({ where: { id: { in: [...ids] } } }),
    projectByName: (name: string): Promise<Project | null> =>
      db.project.findFirst({ where: { name, deleteTime: null } }),
    projectByDirectory: (directory: string): Promise<Project | null> =>
      db.project.findFirst({ where: { directory, deleteTime: null } }),
    /** The project that was in a directory, if it was deleted after a time and none is there now. */
    deletedProjectIn: async (directory: string, after: Date): Promise<Project | null> => {
      const newest = await db.project.findFirst({
        where: { directory },
        orderBy: { deleteTime: { sort: 'desc', nulls: 'first' } },
      });
      return newest?.deleteTime && newest.deleteTime > after ? newest : null;
    },
    createProject: (data: Prisma.ProjectUncheckedCreateInput): Promise<Project> =>
      db.project.create({ data }),
    /** Makes a project whose `meltano.yml` the gateway writes, in a directory that is called by its id. */
    createManagedProject: (name: string, parentDirectory: string, text: string): Promise<Project> => {
      const id = newId();
      const directory = join(parentDirectory, id);
      const own = { manifestMode: 'MANAGED', ownManifest: { create: { text } } } as const;
      return db.project.create({ data: { id, name, directory, ...own } });
    },
    /** The `meltano.yml` of a managed project as it was written last, secrets included. */
    manifestText: async (projectId: string): Promise<string> => {
      const { text } = await db.projectManifest.findUniqueOrThrow({ where: { projectId } });
      return text;
    },
    manifestTexts: async (projectIds: readonly string[]): Promise<Map<string, string>> => {
      const rows = await db.projectManifest.findMany({ where: { projectId: { in: [...projectIds] } } });
      return new Map(rows.map(({ projectId, text }) => [projectId, text]));
    },
    writeManifestText: async (projectId: string, text: string): Promise<void> => {
      await db.projectManifest.update({ where: { projectId }, data: { text } });
    },
    updateProject: (id: string, data: Prisma.ProjectUncheckedUpdateInput): Promise<Project> =>
      db.project.update({ where: { id }, data }),

    environmentById: (id: string): Promise<EnvironmentInPlace | null> =>
      db.environment.findFirst({ where: { id, deleteTime: null }, include: { project: true } }),
    environmentByPath: (project: string, name: string): Promise<EnvironmentInPlace | null> =>
      db.environment.findFirst({
        where: { name, deleteTime: null, project: { name: project, deleteTime: null } },
        include: { project: true },
      }),
    updateEnvironment: async (id: string, data: Prisma.EnvironmentUncheckedUpdateInput): Promise<void> => {
      await db.environment.update({ where: { id }, data });
    },
    /** All of them, deleted ones included, for an import. */
    environmentsOf: (...projectIds: string[]): Promise<Environment[]> =>
      db.environment.findMany({ where: { projectId: { in: projectIds } } }),
    /** The plugins of a project that are not deleted: enough of each to read a block list. */
    pluginsOf: (projectId: string) =>
      db.plugin.findMany({
        where: { projectId, deleteTime: null },
        select: {
          id: true,
          type: true,
          name: true,
          namespace: true,
          commands: true,
          mappings: true,
          definition: true,
          settings: true,
          pipUrl: true,
        },
      }),
    pluginById: (id: string): Promise<Plugin | null> =>
      db.plugin.findFirst({ where: { id, deleteTime: null } }),
    pluginByName: (projectId: string, type: PluginType, name: string): Promise<Plugin | null> =>
      db.plugin.findFirst({ where: { projectId, type, name, deleteTime: null } }),
    environmentByName: (projectId: string, name: string): Promise<Environment | null> =>
      db.environment.findFirst({ where: { projectId, name, deleteTime: null } }),
    allPluginsOf: (...projectIds: string[]): Promise<Plugin[]> =>
      db.plugin.findMany({ where: { projectId: { in: projectIds } } }),
  };
}
