import { Busy, Conflict } from '../errors.ts';
import { countsOf, type DeleteOptions } from './deletion.ts';
import { found } from './parse-reference.ts';
import { findPlugin } from './references.ts';
import type { Services } from './services.ts';

export interface DeletePluginInput extends DeleteOptions {
  /** Id of the plugin. */
  plugin: string;
}

/**
 * Deletes a plugin: it disappears from lists, and block lists can no longer name it.
 *
 * @throws NotFound, InvalidInput; Conflict when something names it, unless `force` leaves that as it is; Busy
 *   when a run that uses it has not ended
 */
export async function deletePlugin({ store }: Services, input: DeletePluginInput): Promise<string> {
  const path = ['input', 'plugin'];
  return store.transaction(async (tx) => {
    const { id, projectId } = await findPlugin(tx, input.plugin, path);
    // No run can be asked for meanwhile, and those that were checked before are checked again.
    await tx.holdProject(projectId, 'EXCLUSIVE');
    const plugin = found(await tx.pluginById(id), 'Plugin', input.plugin, path);
    const names = [plugin.name, ...plugin.mappings];
    const run = await tx.unfinishedRunNaming(projectId, names);
    if (run) {
      throw new Busy(
        'A run that uses the plugin has not ended; wait until it ends, or cancel it.',
        run.id,
        path,
      );
    }
    const counts = countsOf(await tx.namingPlugin(plugin, names));
    if (counts !== null && input.force !== true) {
      throw new Conflict(
        `The plugin is named by ${counts}; change them first, or give \`force: true\` to leave them as they are.`,
        path,
      );
    }
    await tx.touchProject(projectId);
    await tx.markDeleted('Plugin', id, new Date());
    return id;
  });
}
