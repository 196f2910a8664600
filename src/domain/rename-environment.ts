import type { FormerName } from '../store/former-name.ts';
import { AlreadyExists } from '../errors.ts';
import { itemNamed, rootOf, setKey } from '../manifest/document.ts';
import type { Statements } from '../store/index.ts';
import { refuseUnfinished } from './deletion.ts';
import { editManifest, releaseName, refuseReadOnly } from './edit-manifest.ts';
import { findAndHoldEnvironment, findAndHoldProject, findEnvironment } from './references.ts';

/**
 * Renames an environment of a managed project. The states whose ids begin with its name follow, so that its runs go on
 * where they were.
 *
 * @returns its id
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function renameEnvironment(
  tx: Statements,
  reference: string,
  name: string,
  path: readonly string[],
): Promise<string> {
  const { project: before } = await findEnvironment(tx, reference, path);
  const project = await findAndHoldProject(tx, before.name, path, 'EXCLUSIVE');
  const { id, name: former } = await findAndHoldEnvironment(tx, reference, path, 'EXCLUSIVE');
  refuseReadOnly(project, path);
  if (name === former) return id;
  await refuseUnfinished(tx, 'Environment', id, path);
  const target = ['input', 'to', 'name'];
  if (await tx.environmentByName(project.id, name)) throw environmentExists(name, target);
  const namesakes = (await tx.environmentsOf(project.id)).filter((row) => row.name === name);
  await releaseName(tx, 'Environment', namesakes, `environment "${name}"`, target);

  await tx.updateEnvironment(id, { name, manifestKey: name });
  const now = new Date();
  const names: FormerName[] = [{ type: 'Environment', parentId: project.id, name: former, id }];
  for (const table of ['Job', 'Schedule'] as const) {
    await tx.renameKeys(table, project.id, `${former}/`, `${name}/`);
  }
  const states = await tx.statesBeginning(id, `${former}:`);
  if (states.length > 0) {
    for (const state of states)
      names.push({ type: 'State', parentId: id, name: state.stateId, id: state.id });
    await tx.rekeyStates(
      states.map((state) => ({ ...state, stateId: name + state.stateId.slice(former.length) })),
    );
  }
  await tx.rememberNames(names, now);
  await editManifest(tx, project, target, (document) => {
    const entry = itemNamed(document, ['environments'], former);
    if (entry) setKey(entry, 'name', name);
    const root = rootOf(document);
    if (root.get('default_environment') === former) setKey(root, 'default_environment', name);
  });
  return id;
}

/** The refusal of a name that an environment of the project has. */
export function environmentExists(name: string, path: readonly string[]): AlreadyExists {
  return new AlreadyExists(`The project has an environment "${name}" already; choose another name.`, path);
}
