import type {
  Location,
  ManifestEnvironment,
  ManifestJob,
  ManifestPlugin,
  ManifestSchedule,
} from './manifest.ts';
import { showPlace } from './names.ts';
import { nounOf, pluralNames, typeOfPlural } from './plugin-types.ts';
import { fail, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** What was read from a project, before it is known to fit together. */
export interface Parts {
  environments: ManifestEnvironment[];
  plugins: ManifestPlugin[];
  jobs: ManifestJob[];
  schedules: ManifestSchedule[];
  /** The names of every entry under `jobs`, of those that could not be read as well. */
  jobNames: ReadonlySet<string>;
}

/** Checks that what refers to a name finds something there. */
export function checkReferences(reading: Reading, parts: Parts): void {
  checkMappings(reading, parts);
  checkEnvironments(reading, parts);
  checkJobs(reading, parts);
  checkSchedules(reading, parts);
}

function mappingsOf({ plugins }: Parts): { name: string; location: Location }[] {
  return plugins.flatMap(({ mappings, location }) => mappings.map(({ name }) => ({ name, location })));
}

/**
 * Meltano looks through the plugins first, so a mapping that is called like one is never found; and it runs
 * nothing that names one of two mappings (meltano/core/project_plugins_service.py, `AmbiguousMappingName`).
 */
function checkMappings(reading: Reading, parts: Parts): void {
  const first = new Map<string, Location>();
  for (const { name, location } of mappingsOf(parts)) {
    const earlier = first.get(name);
    if (earlier) {
      const message = `The mapping \`${name}\` is here twice, first at ${showPlace(earlier)}, so nothing that names it`;
      warn(reading, location, `${message} can run; rename or remove one.`);
    }
    first.set(name, earlier ?? location);
    const plugin = parts.plugins.find((candidate) => candidate.name === name);
    if (!plugin) continue;
    const message = `The mapping \`${name}\` is called like the ${nounOf(plugin.type)} \`${plugin.name}\``;
    warn(reading, location, `${message}, which Meltano takes instead; rename the mapping.`);
  }
}

function checkEnvironments(reading: Reading, { environments, plugins }: Parts): void {
  for (const { name, pluginConfig } of environments) {
    for (const config of pluginConfig) {
      if (plugins.some((plugin) => plugin.type === config.type && plugin.name === config.name)) continue;
      const message = `The environment \`${name}\` configures the ${nounOf(config.type)} \`${config.name}\``;
      warn(reading, config.location, `${message}, which the project does not have; add it or remove this.`);
    }
  }
}

function checkJobs(reading: Reading, parts: Parts): void {
  for (const { name, tasks, location } of parts.jobs) {
    for (const block of new Set(tasks.flat())) {
      const problem = problemWithBlock(block, parts);
      if (problem !== null) warn(reading, location, `The job \`${name}\` cannot run: ${problem}.`);
    }
  }
}

/** Why Meltano would refuse a block (meltano/core/block/block_parser.py); null if it would not. */
function problemWithBlock(block: string, { plugins, jobNames }: Parts): string | null {
  if (block === '') return 'two spaces in a row make a block without a name; write one';
  if (jobNames.has(block)) return `it names the job \`${block}\`, and jobs cannot run jobs; list its tasks`;
  const mappings = plugins.flatMap((plugin) => plugin.mappings).filter((mapping) => mapping.name === block);
  if (mappings.length > 1) return `there are ${mappings.length} mappings called \`${block}\`; rename one`;
  if (mappings.length === 1) return null;
  const [name, command, ...more] = block.split(':');
  const plugin = firstCalled(plugins, name);
  if (!plugin || more.length > 0)
    return `no plugin or mapping is called \`${block.trim()}\`; add it or correct the name`;
  if (plugin.type === 'MAPPER') return `\`${block}\` is a mapper; name one of its mappings`;
  if (plugin.type === 'EXTRACTOR' || plugin.type === 'LOADER' || command === undefined || command === '')
    return null;
  const isKnown =
    plugin.definition === 'UNKNOWN' || plugin.commands.some((candidate) => candidate.name === command);
  return isKnown
    ? null
    : `the plugin \`${plugin.name}\` has no command \`${command}\`; add it or correct the name`;
}

/** The plugin that Meltano finds by a name alone: it looks through one type after the other. */
function firstCalled(
  plugins: readonly ManifestPlugin[],
  name: string | undefined,
): ManifestPlugin | undefined {
  const called = plugins.filter((plugin) => plugin.name === name);
  return pluralNames.flatMap((plural) => called.find(({ type }) => type === typeOfPlural(plural)) ?? [])[0];
}

function checkSchedules(reading: Reading, { plugins, schedules, jobNames }: Parts): void {
  for (const schedule of schedules) {
    const { name, location } = schedule;
    if (schedule.kind === 'JOB') {
      if (jobNames.has(schedule.job)) continue;
      const message = `The schedule \`${name}\` runs the job \`${schedule.job}\`, which does not exist`;
      fail(reading, location, `${message}; add the job or correct the name.`);
      continue;
    }
    const ends = [
      { type: 'EXTRACTOR', plugin: schedule.extractor },
      { type: 'LOADER', plugin: schedule.loader },
    ] as const;
    for (const { type, plugin } of ends) {
      if (plugins.some((candidate) => candidate.type === type && candidate.name === plugin)) continue;
      const message = `The schedule \`${name}\` uses the ${nounOf(type)} \`${plugin}\``;
      warn(reading, location, `${message}, which the project does not have; add it or correct the name.`);
    }
  }
}
