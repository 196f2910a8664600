import { effectiveConfig } from '../manifest/effective-config.ts';
import type {
  Manifest,
  ManifestEnvironment,
  ManifestPlugin,
  ManifestSchedule,
  ManifestSetting,
} from '../manifest/manifest.ts';
import { isSensitive, looksSensitive } from '../manifest/sensitivity.ts';
import { settingEnvNames } from '../manifest/setting-env-name.ts';
import type { Prisma } from '../store/index.ts';
import { parseBlocks, pairsOf, type KnownPlugin } from './blocks.ts';
import { toStoredVariables } from './environment-variables.ts';
import type { StoredCommand, StoredSetting } from './plugin.ts';
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

/** The names of the sensitive settings of a plugin, aliases included. */
export function secretNames(plugin: ManifestPlugin | undefined): Set<string> {
  return new Set(plugin?.settings.filter(isSensitive).flatMap(({ name, aliases }) => [name, ...aliases]));
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
      pipUrl: plugin.pipUrl === null ? null : redactedUrl(plugin.pipUrl),
      executable: plugin.executable,
      namespace: plugin.namespace,
      label: plugin.label,
      description: plugin.description,
      docs: plugin.docs,
      repository: plugin.repo,
      capabilities: plugin.capabilities,
      definition: plugin.definition,
      settings: settingsOf(plugin, manifest) as unknown as Prisma.InputJsonArray,
      commands: plugin.commands.map<StoredCommand>(({ name, args, description }) => ({
        name,
        args: redactedUrl(args),
        description,
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

function settingsOf(plugin: ManifestPlugin, manifest: Manifest): StoredSetting[] {
  const config = effectiveConfig(plugin, manifest.plugins);
  const stored = (setting: Pick<ManifestSetting, 'name' | 'aliases' | 'label' | 'description' | 'kind'>) => {
    const { name, label, description, kind } = setting;
    const [envName = '', ...otherEnvNames] = settingEnvNames(plugin, setting);
    return { name, label, description, kind, envName, otherEnvNames };
  };
  const defined = plugin.settings.map<StoredSetting>((setting) => {
    const sensitive = isSensitive(setting);
    const value = config[setting.name] ?? null;
    return {
      ...stored(setting),
      sensitive,
      default: sensitive ? null : redacted(setting.value ?? null),
      value: sensitive ? null : redacted(value),
      isSet: value !== null,
    };
  });
  const known = new Set(defined.map(({ name }) => name));
  const secrets = secretNames(plugin);
  // What is below a sensitive setting that is an object comes here too, under its dotted name.
  const isSecret = (name: string): boolean =>
    name.split('.').some((_part, i, parts) => secrets.has(parts.slice(0, i).join('.')));
  const others = Object.entries(config).filter(([name]) => !known.has(name) && !name.startsWith('_'));
  return [
    ...defined,
    ...others.map<StoredSetting>(([name, value]) => {
      const sensitive = looksSensitive(name) || isSecret(name);
      return {
        ...stored({ name, aliases: [], label: null, description: null, kind: null }),
        sensitive,
        default: null,
        value: sensitive ? null : redacted(value),
        isSet: true,
      };
    }),
  ];
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
