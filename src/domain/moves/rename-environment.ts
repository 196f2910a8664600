import type { FormerName } from '../../store/naming/former-names.ts';
import { itemNamed, rootOf } from '../../manifest/yaml/document.ts';
import { addItem, setKey } from '../../manifest/yaml/edit-tree.ts';
import type { Statements } from '../../store/index.ts';
import { refuseUnfinished } from '../lifecycle/delete-with-contents.ts';
import { rekeyed } from '../lifecycle/row-origin.ts';
import { manifestEdit, releaseName, refuseReadOnly } from '../mirror/edit-manifest.ts';
import { environmentExists } from '../environments/environment-fields.ts';
import { findAndLockEnvironment, findAndLockProject, findEnvironment } from '../naming/references.ts';

/**
 * Renames an environment of a managed project. States whose ids begin with its name get the new name too, so
 * that the next runs continue from them.
 *
 * @returns the id of the environment
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function renameEnvironment(
  tx: Statements,
  reference: string,
  name: string,
  at: readonly string[],
): Promise<string> {
  const { project: before } = await findEnvironment(tx, reference, at);
  const project = await findAndLockProject(tx, before.name, at, 'EXCLUSIVE');
  const environment = await findAndLockEnvironment(tx, reference, at, 'EXCLUSIVE');
  const { id, name: former } = environment;
  refuseReadOnly(project, at);
  if (name === former) return id;
  await refuseUnfinished(tx, 'Environment', id, at);
  const target = ['input', 'to', 'name'];
  if (await tx.environments.byName(project.id, name)) throw environmentExists(name, target);
  const namesakes = (await tx.environments.of(project.id)).filter((row) => row.name === name);
  await releaseName(tx, 'Environment', namesakes, `environment "${name}"`, target);

  await tx.environments.update(id, { name, ...rekeyed(environment, name) });
  const names: FormerName[] = [{ type: 'Environment', parentId: project.id, name: former, id }];
  for (const table of ['Job', 'Schedule'] as const) {
    await tx.mirror.renameKeys(table, project.id, `${former}/`, `${name}/`);
  }
  const states = await tx.states.beginning(id, `${former}:`);
  if (states.length > 0) {
    for (const state of states)
      names.push({ type: 'State', parentId: id, name: state.stateId, id: state.id });
    await tx.states.rekey(
      states.map((state) => ({ ...state, stateId: name + state.stateId.slice(former.length) })),
    );
  }
  await tx.formerNames.remember(names);
  await renameInManifest(tx, project, target, former, name);
  return id;
}

const renameInManifest = manifestEdit('renameEnvironment', (document, former: string, name: string) => {
  // The environment of a project that had none is not in the file yet.
  const entry =
    itemNamed(document, ['environments'], former) ?? addItem(document, ['environments'], { name });
  setKey(entry, 'name', name);
  const root = rootOf(document);
  if (root.get('default_environment') === former) setKey(root, 'default_environment', name);
});
