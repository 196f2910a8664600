import { AlreadyExists, Busy, Conflict } from '../errors.ts';
import { itemNamed, itemsIn, setKey } from '../manifest/document.ts';
import { valuesIn } from '../manifest/document-values.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { Job, Plugin, Schedule, Statements } from '../store/index.ts';
import type { FormerName } from '../store/former-name.ts';
import type { RowChange } from '../store/import.ts';
import { editManifest, releaseName, refuseReadOnly } from './edit-manifest.ts';
import { findPluginAndHoldProject } from './references.ts';

/**
 * Renames a plugin of a managed project, wherever it is named: in other plugins, environments, jobs, schedules and
 * services. The
 * states of its pairs follow, so that runs go on where they were. What is named after it elsewhere, such as variables
 * in `.env`, does not.
 *
 * @returns its id
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function renamePlugin(
  tx: Statements,
  reference: string,
  name: string,
  path: readonly string[],
): Promise<string> {
  const { plugin, project } = await findPluginAndHoldProject(tx, reference, path);
  const { id, type, name: former } = plugin;
  refuseReadOnly(project, path);
  if (name === former) return id;
  await tx.holdEnvironmentsOf(project.id);
  const plugins = await tx.allPluginsOf(project.id);
  await check(tx, plugin, plugins, name, path);

  const jobs = await tx.jobsOf(project.id);
  const schedules = await tx.schedulesOf(project.id);
  await tx.changeRows('Plugin', [{ id, data: { name, manifestKey: `${type} ${name}` } }]);
  await editManifest(tx, project, ['input', 'to', 'name'], (document) => {
    const list = ['plugins', pluralOf(type)];
    const entry = itemNamed(document, list, former);
    if (entry) setKey(entry, 'name', name);
    for (const item of itemsIn(document, list)) {
      if (item.get('inherit_from') === former) setKey(item, 'inherit_from', name);
    }
    for (const { place, text, replace } of valuesIn(document)) {
      const renamed = renamedAt(place, text, plugin, name);
      if (renamed !== text) replace(renamed);
    }
  });
  // After the manifest, which says nothing of what the API has changed in them.
  await tx.changeRows('Job', renamedJobs(jobs, plugin, name));
  await tx.changeRows('Schedule', renamedSchedules(schedules, plugin, name));
  await tx.renamePluginOfServices(project.id, former, name);

  const pairs = renamedPairs(plugins, plugin, name);
  const states = await tx.statesWithPairs(project.id, [...pairs.keys()]);
  if (states.length > 0) {
    await tx.rekeyStates(states.map((state) => ({ ...state, stateId: stateIdOf(state, pairs) })));
    await tx.rememberNames(
      states.map(({ id, environmentId, stateId }): FormerName => ({
        type: 'State',
        parentId: environmentId,
        name: stateId,
        id,
      })),
      new Date(),
    );
  }
  return id;
}

async function check(
  tx: Statements,
  plugin: Plugin,
  plugins: readonly Plugin[],
  name: string,
  path: readonly string[],
): Promise<void> {
  const target = ['input', 'to', 'name'];
  const { id, projectId, type } = plugin;
  const present = plugins.filter(({ deleteTime }) => deleteTime === null);
  if (present.some((one) => one.type === type && one.name === name)) {
    throw new AlreadyExists(
      `The project has a plugin "${name}" of that type already; choose another name.`,
      target,
    );
  }
  if (present.some((one) => one.id !== id && one.name === plugin.name)) {
    throw new Conflict(
      `Another plugin is called "${plugin.name}", too, so that it is not clear which of them jobs mean; rename it in \`meltano.yml\` with \`applyProject\`.`,
      path,
    );
  }
  const namesakes = plugins.filter((one) => one.type === type && one.name === name);
  await releaseName(tx, 'Plugin', namesakes, `plugin "${name}"`, target);
  const run = await tx.unfinishedRunNaming(projectId, [plugin.name, ...plugin.mappings]);
  if (run) {
    throw new Busy(
      'A run that uses the plugin has not ended; wait until it ends, or cancel it.',
      run.id,
      path,
    );
  }
}

/** A value of the manifest with the plugin's new name, where it is the plugin that the value names. */
function renamedAt(
  place: readonly string[],
  text: string,
  { type, name: former }: Plugin,
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

/** What the pairs of a plugin are called after it has another name. */
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
