import type { Plugin, PluginType, Prisma } from '../generated/client.ts';
import { readPartOfPlugin } from '../naming/plugin-names.ts';

/** Statements on plugins. */
export function pluginStatements(db: Prisma.TransactionClient) {
  return {
    /** The plugins of a project that are not deleted, with the columns needed to read a block list. */
    of: (projectId: string) =>
      db.plugin.findMany({
        where: { projectId, deletedAt: null },
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
    byId: (id: string): Promise<Plugin | null> => db.plugin.findFirst({ where: { id, deletedAt: null } }),
    byName: (projectId: string, type: PluginType, name: string): Promise<Plugin | null> =>
      db.plugin.findFirst({ where: { projectId, type, name, deletedAt: null } }),
    /** @param part what follows the project in the plugin's path */
    byPath: async (project: string, part: string): Promise<Plugin | null> => {
      const named = readPartOfPlugin(part);
      if (named === null) return null;
      return db.plugin.findFirst({
        where: { ...named, deletedAt: null, project: { name: project, deletedAt: null } },
      });
    },
    allOf: (...projectIds: string[]): Promise<Plugin[]> =>
      db.plugin.findMany({ where: { projectId: { in: projectIds } } }),
  };
}
