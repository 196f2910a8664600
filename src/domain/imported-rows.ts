import { effectiveConfig } from '../manifest/effective-config.ts';
import type { Manifest, ManifestEnvironment, ManifestPlugin } from '../manifest/manifest.ts';
import { isSensitive, looksSensitive } from '../manifest/sensitivity.ts';
import { settingEnvName } from '../manifest/setting-env-name.ts';
import type { Prisma } from '../store/index.ts';
import { parseBlocks, pairsOf, type KnownPlugin } from './blocks.ts';
import { toStoredVariables } from './environment-variables.ts';
import type { ImportedRow } from './import-project.ts';
import type { StoredCommand, StoredSetting } from './plugin.ts';
import { redacted, redactedUrl } from './redact.ts';

/** The environments of a manifest as rows. */
export function importedEnvironments(
  manifest: Manifest,
  projectId: string,
): ImportedRow<Prisma.EnvironmentCreateManyInput>[] {
  return manifest.environments.map((environment) => ({
    key: environment.name,
    data: {
      projectId,
      name: environment.name,
      stateIdSuffix: environment.stateIdSuffix,
      envNames: Object.keys(environment.env).sort(),
      pluginConfig: pluginConfigOf(environment, manifest.plugins),
    },
  }));
}

function pluginConfigOf(
  environment: ManifestEnvironment,
  plugins: readonly ManifestPlugin[],
): Prisma.InputJsonObject {
  const config: Record<string, Record<string, unknown>> = {};
  for (const entry of environment.pluginConfig) {
    const plugin = plugins.find(({ type, name }) => type === entry.type && name === entry.name);
    const secrets = new Set(
      plugin?.settings.filter(isSensitive).flatMap(({ name, aliases }) => [name, ...aliases]),
    );
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
  return manifest.plugins.map((plugin) => ({
    key: `${plugin.type} ${plugin.name}`,
    data: {
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
        args,
        description,
      })) as unknown as Prisma.InputJsonArray,
      mappings: plugin.mappings.map((mapping) => mapping.name),
      extras: redacted(plugin.extras) as Prisma.InputJsonObject,
    },
  }));
}

function settingsOf(plugin: ManifestPlugin, manifest: Manifest): StoredSetting[] {
  const config = effectiveConfig(plugin, manifest.plugins);
  const defined = plugin.settings.map<StoredSetting>((setting) => {
    const sensitive = isSensitive(setting);
    const value = config[setting.name] ?? null;
    return {
      name: setting.name,
      label: setting.label,
      description: setting.description,
      kind: setting.kind,
      sensitive,
      envName: settingEnvName(plugin, setting),
      default: sensitive ? null : redacted(setting.value ?? null),
      value: sensitive ? null : redacted(value),
      isSet: value !== null,
    };
  });
  const known = new Set(defined.map(({ name }) => name));
  const others = Object.entries(config).filter(([name]) => !known.has(name) && !name.startsWith('_'));
  return [
    ...defined,
    ...others.map<StoredSetting>(([name, value]) => {
      const sensitive = looksSensitive(name);
      return {
        name,
        label: null,
        description: null,
        kind: null,
        sensitive,
        envName: settingEnvName(plugin, { name }),
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
  environments: ReadonlyMap<string, string>,
): ImportedRow<Prisma.JobCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  return manifest.environments.flatMap(({ name: environment }) =>
    manifest.jobs.map(({ name, tasks }) => ({
      key: `${environment}/${name}`,
      data: {
        environmentId: environments.get(environment) ?? '',
        name,
        tasks,
        pairs: pairsOf(parseBlocks(tasks.flat(), plugins).blocks),
      },
    })),
  );
}

/** The schedules of a manifest as rows, in each environment as the jobs are. */
export function importedSchedules(
  manifest: Manifest,
  environments: ReadonlyMap<string, string>,
  jobs: ReadonlyMap<string, string>,
): ImportedRow<Prisma.ScheduleCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  return manifest.environments.flatMap(({ name: environment }) =>
    manifest.schedules.map((schedule) => ({
      key: `${environment}/${schedule.name}`,
      data: {
        environmentId: environments.get(environment) ?? '',
        jobId: schedule.kind === 'JOB' ? (jobs.get(`${environment}/${schedule.job}`) ?? null) : null,
        name: schedule.name,
        interval: schedule.interval ?? '@none',
        cron: schedule.cron,
        env: toStoredVariables(
          Object.entries(schedule.env).map(([name, value]) => ({ name, value })),
          plugins,
        ),
        extractor: schedule.kind === 'EXTRACT_LOAD' ? schedule.extractor : null,
        loader: schedule.kind === 'EXTRACT_LOAD' ? schedule.loader : null,
        transform: schedule.kind === 'EXTRACT_LOAD' ? schedule.transform : null,
      },
    })),
  );
}

function knownPlugins(manifest: Manifest): KnownPlugin[] {
  return importedPlugins(manifest, '').map(({ data }) => data as unknown as KnownPlugin);
}
