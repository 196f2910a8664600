import { AlreadyExists, InputCheck } from '../errors.ts';
import { addItem, itemNamed } from '../manifest/document.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { PluginType } from '../store/index.ts';
import { editManifest, releaseName, refuseReadOnly } from './edit-manifest.ts';
import { checkName } from './names.ts';
import { checkPluginValues, writePluginFields, type PluginFields } from './plugin-item.ts';
import { found } from './parse-reference.ts';
import { findAndHoldProject, findPluginAndHoldProject } from './references.ts';
import type { Services } from './services.ts';

export interface CreatePluginInput extends PluginFields {
  /** Id or path of the project. */
  project: string;
  type: PluginType;
  name: string;
}

/** Adds a plugin to a managed project. @throws NotFound, InvalidInput, AlreadyExists, Conflict */
export async function createPlugin({ store }: Services, input: CreatePluginInput): Promise<string> {
  const { type, name } = input;
  const check = new InputCheck();
  checkName(check, 'name', name);
  checkPluginValues(check, '', input);
  check.done();
  const path = ['input', 'name'];
  return store.transaction(async (tx) => {
    const project = await findAndHoldProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseReadOnly(project, ['input', 'project']);
    if (await tx.pluginByName(project.id, type, name)) {
      throw new AlreadyExists(
        `The project has a plugin "${name}" of that type already; choose another name.`,
        path,
      );
    }
    const namesakes = (await tx.allPluginsOf(project.id)).filter(
      (row) => row.type === type && row.name === name,
    );
    await releaseName(tx, 'Plugin', namesakes, `plugin "${name}"`, path);
    await editManifest(tx, project, ['input'], (document) => {
      const list = ['plugins', pluralOf(type)];
      writePluginFields(itemNamed(document, list, name) ?? addItem(document, list, { name }), input);
    });
    return found(await tx.pluginByName(project.id, type, name), 'Plugin', name, path).id;
  });
}

export interface UpdatePluginInput extends PluginFields {
  /** Id of the plugin. */
  plugin: string;
}

/** Changes those fields of a plugin of a managed project that are given. @throws NotFound, InvalidInput, Conflict */
export async function updatePlugin({ store }: Services, input: UpdatePluginInput): Promise<string> {
  const check = new InputCheck();
  checkPluginValues(check, '', input);
  check.done();
  return store.transaction(async (tx) => {
    const { plugin, project } = await findPluginAndHoldProject(tx, input.plugin, ['input', 'plugin']);
    await editManifest(tx, project, ['input'], (document) => {
      const entry = itemNamed(document, ['plugins', pluralOf(plugin.type)], plugin.name);
      if (entry) writePluginFields(entry, input);
    });
    return plugin.id;
  });
}
