import { AlreadyExists, InputCheck } from '../../errors.ts';
import { itemNamed } from '../../manifest/yaml/document.ts';
import { addItem, itemUnder, mapUnder, setKey } from '../../manifest/yaml/edit-tree.ts';
import { pluralOf } from '../../manifest/plugin-types.ts';
import type { PluginType, Project, Statements } from '../../store/index.ts';
import { manifestEdit } from '../mirror/edit-manifest.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';
import { checkPluginValues, envOf, writePluginValues, type PluginValues } from '../plugins/plugin-item.ts';
import { findPluginsOf } from '../naming/references.ts';
import { checkSuffix } from '../definitions/state-id-suffix.ts';
import type { Gateway } from '../gateway.ts';

export interface EnvironmentFields {
  /** Null removes the suffix, which is refused for an imported environment that has one. Absent leaves it. */
  stateIdSuffix?: string | null | undefined;
  /** Variables for all runs in the environment. Null removes all, absent leaves them. */
  env?: readonly Variable[] | null | undefined;
  /** Configuration of plugins in the environment. Plugins that are not named stay as they are. */
  plugins?: readonly EnvironmentPluginInput[] | null | undefined;
}

/** Configuration of one plugin in an environment. */
export interface EnvironmentPluginInput extends PluginValues {
  /** Id or path of the plugin. */
  plugin: string;
}

export function checkFields(
  gateway: Gateway,
  check: InputCheck,
  { stateIdSuffix, env, plugins }: EnvironmentFields,
): void {
  checkSuffix(check, stateIdSuffix, { dollar: false });
  checkVariables(check, env ?? [], gateway);
  plugins?.forEach((values, i) => checkPluginValues(gateway, check, `plugins.${i}`, values));
}

/** Writes the fields into the file of a managed project. @returns false when they were as given before */
export async function writeEnvironment(
  tx: Statements,
  project: Project,
  name: string,
  { plugins, ...fields }: EnvironmentFields,
): Promise<boolean> {
  const given = plugins ?? [];
  const known = given.length > 0 ? await tx.plugins.of(project.id) : [];
  const found = await findPluginsOf(
    tx,
    project,
    known,
    given.map(({ plugin }) => plugin),
    (i) => ['input', 'plugins', String(i), 'plugin'],
  );
  const named = found.map(({ type, name: called }, i) => ({
    values: given[i] as EnvironmentPluginInput,
    type,
    name: called,
  }));
  return changeEnvironment(tx, project, ['input'], name, fields, named);
}

/** Configuration of a plugin, which has this type and name. */
interface NamedValues {
  values: PluginValues;
  type: PluginType;
  name: string;
}

const changeEnvironment = manifestEdit(
  'changeEnvironment',
  (
    document,
    environment: string,
    { stateIdSuffix, env }: Omit<EnvironmentFields, 'plugins'>,
    plugins: readonly NamedValues[],
  ) => {
    const list = ['environments'];
    const entry = itemNamed(document, list, environment) ?? addItem(document, list, { name: environment });
    if (stateIdSuffix !== undefined) setKey(entry, 'state_id_suffix', stateIdSuffix ?? undefined);
    if (env !== undefined) setKey(entry, 'env', envOf(env));
    for (const { type, name, values } of plugins) {
      const configured = mapUnder(mapUnder(entry, 'config'), 'plugins');
      writePluginValues(itemUnder(configured, pluralOf(type), name), values);
    }
  },
);

/** The error for a name that another environment of the project has. */
export function environmentExists(name: string, at: readonly string[]): AlreadyExists {
  return new AlreadyExists(`The project has an environment "${name}" already; choose another name.`, at);
}
