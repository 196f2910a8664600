import type {
  Manifest,
  ManifestEnvironment,
  ManifestPlugin,
  ManifestSchedule,
} from '../manifest/manifest.ts';
import type { Prisma } from '../store/index.ts';
import { parseBlocks, pairsOf, type KnownPlugin } from './blocks.ts';
import { toStoredVariables } from './environment-variables.ts';
import { importedSettings, secretNames } from './imported-settings.ts';
import type { StoredCommand } from './plugin.ts';
import { redacted, redactedUrl } from './redact.ts';
import type { ImportedRow } from './sync-rows.ts';

/** For rows that the API moves, if at all, by their place alone. */
const simple = { target: { definition: null, columns: [] }, problem: null, isOrphan: false };

/** The environments of a manifest as rows. */
export function importedEnvironments(
  manifest: Manifest,
  projectId: string,
): ImportedRow<Prisma.EnvironmentCreateManyInput>[] {
  return manifest.environments.map((environment) => {
    const data = {
      projectId,
      name: environment.name,
      stateIdSuffix: environment.stateIdSuffix,
      envNames: Object.keys(environment.env).sort(),
      pluginConfig: pluginConfigOf(environment, manifest.plugins),
    };
    return {
      ...simple,
      key: environment.name,
      label: `environment "${environment.name}"`,
      location: environment.location,
      definition: data,
      data,
      place: ['projectId', 'name'],
    };
  });
}

function pluginConfigOf(
  environment: ManifestEnvironment,
  plugins: readonly ManifestPlugin[],
): Prisma.InputJsonObject {
  const config: Record<string, Record<string, unknown>> = {};
  for (const entry of environment.pluginConfig) {
    const plugin = plugins.find(({ type, name }) => type === entry.type && name === entry.name);
    const secrets = secretNames(plugin);
    (config[entry.type] ??= {})[entry.name] = redacted({ ...entry.config, ...entry.extras }, (name) =>
      secrets.has(name),
    );
  }
  return config as Prisma.InputJsonObject;
}

/** The plugins of a manifest as rows, sensitive values left out. */
export function importedPlugins(
  manifest: Manifest,
  projectId: string,
): ImportedRow<Prisma.PluginCreateManyInput>[] {
  return manifest.plugins.map((plugin) => {
    const data = {
      projectId,
      type: plugin.type,
      name: plugin.name,
      inheritFrom: plugin.inheritFrom,
      variant: plugin.variant,
      pipUrl: shown(plugin.pipUrl),
      executable: plugin.executable,
      namespace: plugin.namespace,
      label: shown(plugin.label),
      description: shown(plugin.description),
      docs: shown(plugin.docs),
      repository: shown(plugin.repo),
      capabilities: plugin.capabilities,
      definition: plugin.definition,
      settings: importedSettings(plugin, manifest) as unknown as Prisma.InputJsonArray,
      commands: plugin.commands.map<StoredCommand>(({ name, args, description }) => ({
        name,
        args: redactedUrl(args),
        description: shown(description),
      })) as unknown as Prisma.InputJsonArray,
      mappings: plugin.mappings.map((mapping) => mapping.name),
      extras: redacted(plugin.extras) as Prisma.InputJsonObject,
    };
    return {
      ...simple,
      key: `${plugin.type} ${plugin.name}`,
      label: `plugin "${plugin.name}"`,
      location: plugin.location,
      definition: data,
      data,
      place: ['projectId', 'type', 'name'],
    };
  });
}

/** A text without what an address in it holds of secrets. */
function shown(text: string | null): string | null {
  return text === null ? null : redactedUrl(text);
}

/** The jobs of a manifest as rows: Meltano's are the project's, so each environment gets them all. */
export function importedJobs(
  manifest: Manifest,
  environments: ReadonlyMap<string, { id: string }>,
): ImportedRow<Prisma.JobCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  return manifest.environments.flatMap(({ name: environment }) =>
    manifest.jobs.map(({ name, tasks, location }) => {
      const definition = { name, tasks, pairs: pairsOf(parseBlocks(tasks.flat(), plugins).blocks) };
      return {
        ...simple,
        key: `${environment}/${name}`,
        label: `job "${name}" of the environment "${environment}"`,
        location,
        definition,
        data: { ...definition, environmentId: environments.get(environment)?.id ?? '' },
        place: ['environmentId', 'name'],
        isOrphan: !environments.has(environment),
      };
    }),
  );
}

/** The schedules of a manifest as rows: each is where its job is, wherever that was moved. */
export function importedSchedules(
  manifest: Manifest,
  environments: ReadonlyMap<string, { id: string }>,
  jobs: ReadonlyMap<string, { id: string; environmentId: string }>,
): ImportedRow<Prisma.ScheduleCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  return manifest.environments.flatMap(({ name: environment }) =>
    manifest.schedules.map((schedule) => {
      const jobName = schedule.kind === 'JOB' ? schedule.job : null;
      const job = jobName === null ? null : jobs.get(`${environment}/${jobName}`);
      const isOrphan = !environments.has(environment);
      const pair = {
        extractor: schedule.kind === 'EXTRACT_LOAD' ? schedule.extractor : null,
        loader: schedule.kind === 'EXTRACT_LOAD' ? schedule.loader : null,
        transform: schedule.kind === 'EXTRACT_LOAD' ? schedule.transform : null,
      };
      const own = {
        name: schedule.name,
        interval: schedule.interval ?? '@none',
        cron: schedule.cron,
        env: scheduleVariables(schedule, plugins),
      };
      return {
        key: `${environment}/${schedule.name}`,
        label: `schedule "${schedule.name}" of the environment "${environment}"`,
        location: schedule.location,
        definition: own,
        data: {
          ...own,
          ...pair,
          environmentId: job?.environmentId ?? environments.get(environment)?.id ?? '',
          jobId: job?.id ?? null,
        },
        place: ['name'],
        target: {
          definition: { jobName, ...pair },
          columns: ['environmentId', 'jobId', 'extractor', 'loader', 'transform'],
        },
        problem:
          job === undefined
            ? `its job "${jobName ?? ''}" was deleted or left out`
            : job === null && isOrphan
              ? 'its environment was deleted'
              : null,
        isOrphan,
      };
    }),
  );
}

/** A secret stays in the file: here it has no value, and what starts a run of the schedule reads it there. */
function scheduleVariables(schedule: ManifestSchedule, plugins: readonly KnownPlugin[]) {
  const variables = Object.entries(schedule.env).map(([name, value]) => ({ name, value }));
  return toStoredVariables(variables, plugins).map((variable) => ({
    ...variable,
    value: variable.sensitive ? null : variable.value,
  }));
}

function knownPlugins(manifest: Manifest): KnownPlugin[] {
  return importedPlugins(manifest, '').map(({ data }) => data as unknown as KnownPlugin);
}
