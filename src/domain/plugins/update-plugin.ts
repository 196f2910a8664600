import { InputCheck } from '../../errors.ts';
import { itemNamed } from '../../manifest/yaml/document.ts';
import { pluralOf } from '../../manifest/plugin-types.ts';
import { manifestEdit } from '../mirror/edit-manifest.ts';
import { checkPluginValues, writePluginFields, type PluginFields } from './plugin-item.ts';
import { findPluginAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import type { PluginType } from '../../store/index.ts';

export interface UpdatePluginInput extends PluginFields {
  /** Id or path of the plugin. */
  plugin: string;
}

/** Changes the given fields of a plugin of a managed project. @throws NotFound, InvalidInput, Conflict */
export async function updatePlugin(gateway: Gateway, input: UpdatePluginInput): Promise<Updated> {
  const check = new InputCheck();
  checkPluginValues(gateway, check, '', input);
  check.done();
  return gateway.transaction(async (tx) => {
    const { plugin, project } = await findPluginAndLockProject(tx, input.plugin, ['input', 'plugin']);
    return {
      id: plugin.id,
      isChanged: await changePlugin(tx, project, ['input'], plugin.type, plugin.name, input),
    };
  });
}

const changePlugin = manifestEdit(
  'changePlugin',
  (document, type: PluginType, name: string, fields: PluginFields) => {
    const entry = itemNamed(document, ['plugins', pluralOf(type)], name);
    if (entry) writePluginFields(entry, fields);
  },
);
