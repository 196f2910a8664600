import { Busy, Conflict } from '../../errors.ts';
import { countsOf, type DeleteOptions } from '../lifecycle/delete-with-contents.ts';
import { found } from '../naming/parse-reference.ts';
import { findPlugin } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface DeletePluginInput extends DeleteOptions {
  /** Id or path of the plugin. */
  plugin: string;
}

/**
 * Deletes a plugin: lists do not show it any more, and block lists cannot name it.
 *
 * @throws NotFound, InvalidInput; Conflict when jobs, schedules, services or plugins still name it, unless
 *   `force` is true; Busy when a run that uses it has not ended
 */
export async function deletePlugin({ transaction }: Gateway, input: DeletePluginInput): Promise<string> {
  const path = ['input', 'plugin'];
  return transaction(async (tx) => {
    const { id, projectId } = await findPlugin(tx, input.plugin, path);
    // From now on no run of the project can be stored: each waits for this lock, and is then checked again.
    await tx.rowLocks.project(projectId, 'EXCLUSIVE');
    const plugin = found(await tx.plugins.byId(id), 'Plugin', input.plugin, path);
    const names = [plugin.name, ...plugin.mappings];
    const run = await tx.runs.unfinishedNaming(projectId, names);
    if (run) {
      throw new Busy(
        'A run that uses the plugin has not ended; wait until it ends, or cancel it.',
        run.id,
        path,
      );
    }
    const counts = countsOf(await tx.lifecycle.namingPlugin(plugin, names));
    if (counts !== null && input.force !== true) {
      throw new Conflict(
        `The plugin is named by ${counts}; change them first, or give \`force: true\` to leave them as they are.`,
        path,
      );
    }
    await tx.projects.touch(projectId);
    await tx.lifecycle.markDeleted('Plugin', id, await tx.now());
    return id;
  });
}
