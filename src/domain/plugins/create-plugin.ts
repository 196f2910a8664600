import { AlreadyExists, InputCheck } from '../../errors.ts';
import { itemNamed } from '../../manifest/yaml/document.ts';
import { addItem } from '../../manifest/yaml/edit-tree.ts';
import { pluralOf } from '../../manifest/plugin-types.ts';
import type { PluginType } from '../../store/index.ts';
import { manifestEdit, releaseName, refuseReadOnly } from '../mirror/edit-manifest.ts';
import { checkName } from '../naming/names.ts';
import { checkPluginValues, writePluginFields, type PluginFields } from './plugin-item.ts';
import { found } from '../naming/parse-reference.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface CreatePluginInput extends PluginFields {
  /** Id or path of the project. */
  project: string;
  type: PluginType;
  name: string;
}

/** Adds a plugin to a managed project. @throws NotFound, InvalidInput, AlreadyExists, Conflict */
export async function createPlugin(gateway: Gateway, input: CreatePluginInput): Promise<string> {
  const { type, name } = input;
  const check = new InputCheck();
  checkName(check, 'name', name);
  checkPluginValues(gateway, check, '', input);
  check.done();
  const path = ['input', 'name'];
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseReadOnly(project, ['input', 'project']);
    if (await tx.plugins.byName(project.id, type, name)) {
      throw new AlreadyExists(
        `The project has a plugin "${name}" of that type already; choose another name.`,
        path,
      );
    }
    const namesakes = (await tx.plugins.allOf(project.id)).filter(
      (row) => row.type === type && row.name === name,
    );
    await releaseName(tx, 'Plugin', namesakes, `plugin "${name}"`, path);
    await addPlugin(tx, project, ['input'], input);
    return found(await tx.plugins.byName(project.id, type, name), 'Plugin', name, path).id;
  });
}

const addPlugin = manifestEdit('addPlugin', (document, { type, name, ...fields }: CreatePluginInput) => {
  const list = ['plugins', pluralOf(type)];
  writePluginFields(itemNamed(document, list, name) ?? addItem(document, list, { name }), fields);
});
