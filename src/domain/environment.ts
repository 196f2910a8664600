import { Conflict, InputCheck } from '../errors.ts';
import { addItem, itemNamed, itemUnder, mapUnder, setKey } from '../manifest/document.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { Project, Statements } from '../store/index.ts';
import { checkName } from './names.ts';
import { deleteWithContents, type DeleteOptions } from './deletion.ts';
import { editManifest, releaseName, refuseReadOnly } from './edit-manifest.ts';
import { checkVariables, type Variable } from './environment-variables.ts';
import { checkPluginValues, envOf, writePluginValues, type PluginValues } from './plugin-item.ts';
import { found, parseId } from './parse-reference.ts';
import { findAndHoldEnvironment, findAndHoldProject, findEnvironment } from './references.ts';
import { environmentExists } from './rename-environment.ts';
import type { Services } from './services.ts';
import { checkSuffix } from './state-id-suffix.ts';

interface EnvironmentFields {
  /** Null to have none, which an imported environment with one cannot; absent to leave it. */
  stateIdSuffix?: string | null | undefined;
  /** Variables for all runs in it; null for none, absent to leave them. */
  env?: readonly Variable[] | null | undefined;
  /** What plugins are configured with in it; plugins that are not named stay as they are. */
  plugins?: readonly EnvironmentPluginInput[] | null | undefined;
}

/** What one plugin is configured with in an environment. */
export interface EnvironmentPluginInput extends PluginValues {
  /** Id of the plugin. */
  plugin: string;
}

export interface CreateEnvironmentInput extends EnvironmentFields {
  /** Id or path of the project. */
  project: string;
  name: string;
}

/** Adds an environment to a managed project. @throws NotFound, InvalidInput, AlreadyExists, Conflict */
export async function createEnvironment({ store }: Services, input: CreateEnvironmentInput): Promise<string> {
  const { name } = input;
  const check = new InputCheck();
  checkName(check, 'name', name);
  checkFields(check, input);
  check.done();
  const path = ['input', 'name'];
  return store.transaction(async (tx) => {
    const project = await findAndHoldProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseReadOnly(project, ['input', 'project']);
    if (await tx.environmentByName(project.id, name)) {
      throw environmentExists(name, path);
    }
    const namesakes = (await tx.environmentsOf(project.id)).filter((row) => row.name === name);
    await releaseName(tx, 'Environment', namesakes, `environment "${name}"`, path);
    await writeEnvironment(tx, project, name, input);
    return found(await tx.environmentByName(project.id, name), 'Environment', name, path).id;
  });
}

export interface UpdateEnvironmentInput extends EnvironmentFields {
  /** Id or path of the environment. */
  environment: string;
}

/** Changes those fields of an environment that are given. @throws NotFound, InvalidInput, Conflict */
export async function updateEnvironment({ store }: Services, input: UpdateEnvironmentInput): Promise<string> {
  const { stateIdSuffix } = input;
  const check = new InputCheck();
  checkFields(check, input);
  check.done();
  return store.transaction(async (tx) => {
    const path = ['input', 'environment'];
    const { projectId } = await findEnvironment(tx, input.environment, path);
    await tx.holdProject(projectId, 'EXCLUSIVE');
    const { id, project, ...before } = await findAndHoldEnvironment(tx, input.environment, path, 'SHARED');
    if (project.manifestMode === 'MANAGED') {
      await writeEnvironment(tx, project, before.name, input);
      return id;
    }
    if (input.env !== undefined) refuseReadOnly(project, ['input', 'env']);
    if (input.plugins != null) refuseReadOnly(project, ['input', 'plugins']);
    // Source: Meltano `core/block/extract_load.py` (`generate_state_id`), which passes over an empty option.
    if (stateIdSuffix === null && before.stateIdSuffix !== null) {
      throw new Conflict(
        'Without a suffix Meltano takes the one in `meltano.yml`, if there is one; give another suffix, or remove it there and import again.',
        ['input', 'stateIdSuffix'],
      );
    }
    if (stateIdSuffix !== undefined) await tx.updateEnvironment(id, { stateIdSuffix });
    return id;
  });
}

function checkFields(check: InputCheck, { stateIdSuffix, env, plugins }: EnvironmentFields): void {
  checkSuffix(check, stateIdSuffix, { dollar: false });
  checkVariables(check, env ?? []);
  plugins?.forEach((values, i) => checkPluginValues(check, `plugins.${i}`, values));
}

async function writeEnvironment(
  tx: Statements,
  project: Project,
  name: string,
  { stateIdSuffix, env, plugins }: EnvironmentFields,
): Promise<void> {
  const known = plugins?.length ? await tx.pluginsOf(project.id) : [];
  const named = (plugins ?? []).map((values, i) => {
    const path = ['input', 'plugins', String(i), 'plugin'];
    const id = parseId('Plugin', values.plugin, path);
    return {
      values,
      plugin: found(known.find((one) => one.id === id) ?? null, 'Plugin', values.plugin, path),
    };
  });
  await editManifest(tx, project, ['input'], (document) => {
    const list = ['environments'];
    const entry = itemNamed(document, list, name) ?? addItem(document, list, { name });
    if (stateIdSuffix !== undefined) setKey(entry, 'state_id_suffix', stateIdSuffix ?? undefined);
    if (env !== undefined) setKey(entry, 'env', envOf(env));
    for (const { plugin, values } of named) {
      const places = mapUnder(mapUnder(entry, 'config'), 'plugins');
      writePluginValues(itemUnder(places, pluralOf(plugin.type), plugin.name), values);
    }
  });
}

export interface DeleteEnvironmentInput extends DeleteOptions {
  /** Id or path of the environment. */
  environment: string;
}

/**
 * Deletes an environment: it disappears from lists and names. Its runs, and its states with their versions,
 * go with it out of reach.
 *
 * @throws NotFound, InvalidInput; Conflict when there is something in it, unless `force` deletes that with it;
 *   Busy when a run of it has not ended
 */
export async function deleteEnvironment({ store }: Services, input: DeleteEnvironmentInput): Promise<string> {
  const path = ['input', 'environment'];
  return store.transaction(async (tx) => {
    const { id } = await findAndHoldEnvironment(tx, input.environment, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Environment', id, input, path);
    return id;
  });
}
