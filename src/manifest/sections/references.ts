import type {
  Location,
  ManifestEnvironment,
  ManifestJob,
  ManifestPlugin,
  ManifestSchedule,
} from '../manifest.ts';
import { firstBy, groupBy } from '../../lib/grouped.ts';
import { showPlace } from '../names.ts';
import { nounOf, pluginKey, typesInOrder } from '../plugin-types.ts';
import { fail, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** What was read from a project, before the references between its parts are checked. */
export interface Parts {
  environments: ManifestEnvironment[];
  plugins: ManifestPlugin[];
  jobs: ManifestJob[];
  schedules: ManifestSchedule[];
  /** The names of all entries under `jobs`, also of those that could not be read. */
  jobNames: ReadonlySet<string>;
}

/** What names stand for. */
interface Known extends Parts {
  /** By type and name, see `pluginKey`. */
  byKey: ReadonlyMap<string, ManifestPlugin>;
  /** The plugin that Meltano finds by a name without a type: it searches one type after the other. */
  called: ReadonlyMap<string, ManifestPlugin>;
  mappings: ReadonlyMap<string, readonly { name: string; location: Location }[]>;
}

/** Checks that every name that is used is defined. */
export function checkReferences(reading: Reading, parts: Parts): void {
  const { plugins } = parts;
  const byType = groupBy(plugins, ({ type }) => type);
  const mappings = plugins.flatMap((plugin) =>
    plugin.mappings.map(({ name }) => ({ name, location: plugin.location })),
  );
  const known: Known = {
    ...parts,
    byKey: firstBy(plugins, pluginKey),
    called: firstBy(
      typesInOrder.flatMap((type) => byType.get(type) ?? []),
      ({ name }) => name,
    ),
    mappings: groupBy(mappings, ({ name }) => name),
  };
  checkMappings(reading, known);
  checkEnvironments(reading, known);
  checkJobs(reading, known);
  checkSchedules(reading, known);
}

/**
 * Meltano looks for a plugin first. So it never finds a mapping with the name of a plugin, and it runs
 * nothing that names a mapping that exists twice (meltano/core/project_plugins_service.py,
 * `AmbiguousMappingName`).
 */
function checkMappings(reading: Reading, { mappings, called }: Known): void {
  for (const [name, all] of mappings) {
    const plugin = called.get(name);
    for (const [i, { location }] of all.entries()) {
      const first = i === 0 ? undefined : all[0];
      if (first) {
        const message = `The mapping \`${name}\` is here twice, first at ${showPlace(first.location)}, so nothing that names it`;
        warn(reading, location, `${message} can run; rename or remove one.`);
      }
      if (!plugin) continue;
      const message = `The mapping \`${name}\` is called like the ${nounOf(plugin.type)} \`${plugin.name}\``;
      warn(reading, location, `${message}, which Meltano takes instead; rename the mapping.`);
    }
  }
}

function checkEnvironments(reading: Reading, { environments, byKey }: Known): void {
  for (const { name, pluginConfig } of environments) {
    for (const config of pluginConfig) {
      if (byKey.has(pluginKey(config))) continue;
      const message = `The environment \`${name}\` configures the ${nounOf(config.type)} \`${config.name}\``;
      warn(reading, config.location, `${message}, which the project does not have; add it or remove this.`);
    }
  }
}

function checkJobs(reading: Reading, known: Known): void {
  for (const { name, tasks, location } of known.jobs) {
    for (const block of new Set(tasks.flat())) {
      const problem = problemWithBlock(block, known);
      if (problem !== null) warn(reading, location, `The job \`${name}\` cannot run: ${problem}.`);
    }
  }
}

/** Why Meltano would refuse a block (meltano/core/block/block_parser.py); null when it accepts it. */
function problemWithBlock(block: string, { called, mappings, jobNames }: Known): string | null {
  if (block === '') return 'two spaces in a row make a block without a name; write one';
  if (jobNames.has(block)) return `it names the job \`${block}\`, and jobs cannot run jobs; list its tasks`;
  const sameMappings = mappings.get(block)?.length ?? 0;
  if (sameMappings > 1) return `there are ${sameMappings} mappings called \`${block}\`; rename one`;
  if (sameMappings === 1) return null;
  const [name = '', command, ...more] = block.split(':');
  const plugin = called.get(name);
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

function checkSchedules(reading: Reading, { byKey, schedules, jobNames }: Known): void {
  for (const schedule of schedules) {
    const { name, location } = schedule;
    if (schedule.kind === 'JOB') {
      if (jobNames.has(schedule.job)) continue;
      const message = `The schedule \`${name}\` runs the job \`${schedule.job}\`, which does not exist`;
      fail(reading, location, `${message}; add the job or correct the name.`);
      continue;
    }
    const ends = [
      { type: 'EXTRACTOR', name: schedule.extractor },
      { type: 'LOADER', name: schedule.loader },
    ] as const;
    for (const end of ends) {
      if (byKey.has(pluginKey(end))) continue;
      const message = `The schedule \`${name}\` uses the ${nounOf(end.type)} \`${end.name}\``;
      warn(reading, location, `${message}, which the project does not have; add it or correct the name.`);
    }
  }
}
