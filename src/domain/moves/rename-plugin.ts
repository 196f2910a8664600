import { AlreadyExists, Busy, Conflict } from '../../errors.ts';
import { itemNamed, itemsIn } from '../../manifest/yaml/document.ts';
import { setKey } from '../../manifest/yaml/edit-tree.ts';
import { valuesIn, type Step } from '../../manifest/yaml/document-values.ts';
import { pluralOf } from '../../manifest/plugin-types.ts';
import type { Job, Plugin, Schedule, Statements } from '../../store/index.ts';
import type { FormerName } from '../../store/naming/former-names.ts';
import { partOfPlugin } from '../../store/naming/plugin-names.ts';
import type { RowChange } from '../../store/mirror/row-writes.ts';
import { rekeyed } from '../lifecycle/row-origin.ts';
import { manifestEdit, releaseName, refuseReadOnly } from '../mirror/edit-manifest.ts';
import { findPluginAndLockProject } from '../naming/references.ts';

/**
 * Renames a plugin of a managed project, also where other plugins, environments, jobs, schedules and services
 * name it. The states of its extract-load pairs get new ids, so that the next runs continue from them. Other
 * text that contains the name, such as variables in `.env`, stays as it is.
 *
 * @returns the id of the plugin
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function renamePlugin(
  tx: Statements,
  reference: string,
  name: string,
  at: readonly string[],
): Promise<string> {
  const { plugin, project } = await findPluginAndLockProject(tx, reference, at);
  const { id, type, name: former } = plugin;
  refuseReadOnly(project, at);
  if (name === former) return id;
  await tx.rowLocks.environmentsOf(project.id);
  const plugins = await tx.plugins.allOf(project.id);
  await check(tx, plugin, plugins, name, at);

  const jobs = await tx.jobs.of(project.id);
  const schedules = await tx.schedules.of(project.id);
  await tx.mirror.change('Plugin', [{ id, data: { name, ...rekeyed(plugin, `${type} ${name}`) } }]);
  await renameInManifest(tx, project, ['input', 'to', 'name'], { type, name: former }, name);
  // After the manifest was mirrored: the manifest does not contain what the API has changed in jobs and
  // schedules.
  await tx.mirror.change('Job', renamedJobs(jobs, plugin, name));
  await tx.mirror.change('Schedule', renamedSchedules(schedules, plugin, name));
  await tx.services.renamePlugin(project.id, former, name);
  await tx.formerNames.remember([{ type: 'Plugin', parentId: project.id, name: partOfPlugin(plugin), id }]);

  const pairs = renamedPairs(plugins, plugin, name);
  const states = await tx.states.withPairs(project.id, [...pairs.keys()]);
  if (states.length > 0) {
    await tx.states.rekey(states.map((state) => ({ ...state, stateId: stateIdOf(state, pairs) })));
    await tx.formerNames.remember(
      states.map(({ id, environmentId, stateId }): FormerName => ({
        type: 'State',
        parentId: environmentId,
        name: stateId,
        id,
      })),
    );
  }
  return id;
}

const renameInManifest = manifestEdit(
  'renamePlugin',
  (document, plugin: Pick<Plugin, 'type' | 'name'>, name: string) => {
    const list = ['plugins', pluralOf(plugin.type)];
    const entry = itemNamed(document, list, plugin.name);
    if (entry) setKey(entry, 'name', name);
    for (const item of itemsIn(document, list)) {
      if (item.get('inherit_from') === plugin.name) setKey(item, 'inherit_from', name);
    }
    for (const { place, text, replace } of valuesIn(document)) {
      const renamed = renamedAt(place, text, plugin, name);
      if (renamed !== text) replace(renamed);
    }
  },
);

async function check(
  tx: Statements,
  plugin: Plugin,
  plugins: readonly Plugin[],
  name: string,
  at: readonly string[],
): Promise<void> {
  const target = ['input', 'to', 'name'];
  const { id, projectId, type } = plugin;
  const present = plugins.filter(({ deletedAt }) => deletedAt === null);
  if (present.some((one) => one.type === type && one.name === name)) {
    throw new AlreadyExists(
      `The project has a plugin "${name}" of that type already; choose another name.`,
      target,
    );
  }
  if (present.some((one) => one.id !== id && one.name === plugin.name)) {
    throw new Conflict(
      `Another plugin is called "${plugin.name}", too, so that it is not clear which of them jobs mean; rename it in \`meltano.yml\` with \`applyProject\`.`,
      at,
    );
  }
  const namesakes = plugins.filter((one) => one.type === type && one.name === name);
  await releaseName(tx, 'Plugin', namesakes, `plugin "${name}"`, target);
  const run = await tx.runs.unfinishedNaming(projectId, [plugin.name, ...plugin.mappings]);
  if (run) {
    throw new Busy('A run that uses the plugin has not ended; wait until it ends, or cancel it.', run.id, at);
  }
}

/** A value of the manifest, with the new name if the value names the plugin. */
function renamedAt(
  place: readonly Step[],
  text: string,
  { type, name: former }: Pick<Plugin, 'type' | 'name'>,
  name: string,
): string {
  const [section, , key, ...rest] = place;
  if (section === 'jobs' && key === 'tasks') return renamedBlocks(text, former, name);
  if (section === 'schedules' && key === type.toLowerCase()) return text === former ? name : text;
  const inConfig = section === 'environments' && key === 'config' && rest[0] === 'plugins';
  const isName = inConfig && rest[1] === pluralOf(type) && rest.length === 4 && rest[3] === 'name';
  return isName && text === former ? name : text;
}

function renamedBlocks(text: string, former: string, name: string): string {
  return text
    .split(' ')
    .map((block) =>
      block === former || block.startsWith(`${former}:`) ? name + block.slice(former.length) : block,
    )
    .join(' ');
}

function renamedJobs(jobs: readonly Job[], plugin: Plugin, name: string): RowChange[] {
  return jobs.flatMap(({ id, tasks, pairs }) => {
    const renamed = (tasks as string[][]).map((blocks) =>
      blocks.map((block) => renamedBlocks(block, plugin.name, name)),
    );
    if (JSON.stringify(renamed) === JSON.stringify(tasks)) return [];
    return [{ id, data: { tasks: renamed, pairs: pairs.map((pair) => renamedPair(pair, plugin, name)) } }];
  });
}

function renamedSchedules(
  schedules: readonly Schedule[],
  { type, name: former }: Plugin,
  name: string,
): RowChange[] {
  const column = type === 'EXTRACTOR' ? 'extractor' : type === 'LOADER' ? 'loader' : null;
  return schedules.flatMap((schedule) =>
    column !== null && schedule[column] === former ? [{ id: schedule.id, data: { [column]: name } }] : [],
  );
}

/** The new names of the plugin's extract-load pairs, by their old names. */
function renamedPairs(plugins: readonly Plugin[], plugin: Plugin, name: string): Map<string, string> {
  const other = plugin.type === 'EXTRACTOR' ? 'LOADER' : plugin.type === 'LOADER' ? 'EXTRACTOR' : null;
  const others = plugins.filter(({ type }) => type === other);
  return new Map(
    others.map((one) => {
      const pair = (own: string): string =>
        other === 'LOADER' ? `${own}-to-${one.name}` : `${one.name}-to-${own}`;
      return [pair(plugin.name), pair(name)];
    }),
  );
}

function renamedPair(pair: string, { type, name: former }: Plugin, name: string): string {
  if (type === 'EXTRACTOR' && pair.startsWith(`${former}-to-`)) return name + pair.slice(former.length);
  if (type === 'LOADER' && pair.endsWith(`-to-${former}`)) return pair.slice(0, -former.length) + name;
  return pair;
}

function stateIdOf(
  { stateId, pair }: { stateId: string; pair: string | null },
  pairs: ReadonlyMap<string, string>,
): string {
  const start = stateId.indexOf(':') + 1;
  const rest = stateId.slice(start + (pair ?? '').length);
  return stateId.slice(0, start) + (pairs.get(pair ?? '') ?? pair ?? '') + rest;
}
