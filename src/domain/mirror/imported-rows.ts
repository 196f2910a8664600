import type {
  Manifest,
  ManifestEnvironment,
  ManifestPlugin,
  ManifestSchedule,
} from '../../manifest/manifest.ts';
import { firstBy, once } from '../../lib/grouped.ts';
import { pluginKey } from '../../manifest/plugin-types.ts';
import type { EnvironmentSchedules, Prisma } from '../../store/index.ts';
import { parseBlocks, pairsOf, type KnownPlugin } from '../definitions/blocks.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { mirroredEnvironments } from './mirrored-environments.ts';
import { importedSettings } from './imported-settings.ts';
import type { StoredCommand } from '../definitions/plugin-settings.ts';
import { redacted, redactedUrl } from '../secrets/redact.ts';
import { secretSettings } from '../secrets/what-is-secret.ts';
import type { ImportedRow } from './sync-rows.ts';

/** For rows of which the API changes only name and parents. */
const simple = { target: { definition: null, columns: [] }, problem: null, isOrphan: false };

/** The environments of a manifest as rows. */
export function importedEnvironments(
  manifest: Manifest,
  projectId: string,
): ImportedRow<Prisma.EnvironmentCreateManyInput>[] {
  const plugins = firstBy(manifest.plugins, pluginKey);
  return mirroredEnvironments(manifest).map((environment) => {
    const data = {
      projectId,
      name: environment.name,
      stateIdSuffix: environment.stateIdSuffix,
      envNames: Object.keys(environment.env).sort(),
      pluginConfig: pluginConfigOf(environment, plugins),
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
  plugins: ReadonlyMap<string, ManifestPlugin>,
): Prisma.InputJsonObject {
  const config: Record<string, Record<string, unknown>> = {};
  for (const entry of environment.pluginConfig) {
    const isSecret = secretSettings(plugins.get(pluginKey(entry)));
    (config[entry.type] ??= {})[entry.name] = redacted({ ...entry.config, ...entry.extras }, isSecret);
  }
  return config as Prisma.InputJsonObject;
}

/** The plugins of a manifest as rows, without sensitive values. */
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
      extras: redacted(plugin.extras, secretSettings(plugin)) as Prisma.InputJsonObject,
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

/** A text without the secrets of an address in it. */
function shown(text: string | null): string | null {
  return text === null ? null : redactedUrl(text);
}

/**
 * The jobs of a manifest as rows. In Meltano they belong to the project, so each environment gets all of
 * them.
 */
export function importedJobs(
  manifest: Manifest,
  environments: ReadonlyMap<string, { id: string }>,
): ImportedRow<Prisma.JobCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  const definitions = manifest.jobs.map(({ name, tasks, location }) => {
    const pairs = pairsOf(parseBlocks(tasks.flat(), plugins).blocks);
    return { location, definition: { name, tasks, pairs } };
  });
  return mirroredEnvironments(manifest).flatMap(({ name: environment }) =>
    definitions.map(({ location, definition }) => {
      const { name } = definition;
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

/**
 * The schedules of a manifest as rows. Each is in the environment of its job, even if the job was moved.
 *
 * In Meltano they belong to no environment. If each environment ran them, the work would be done several times. So new
 * ones are enabled only where that was asked for, and in the project's default environment.
 */
export function importedSchedules(
  manifest: Manifest,
  environments: ReadonlyMap<string, { id: string }>,
  jobs: ReadonlyMap<string, { id: string; environmentId: string }>,
  policies: ReadonlyMap<string, EnvironmentSchedules | null>,
): ImportedRow<Prisma.ScheduleCreateManyInput>[] {
  const plugins = knownPlugins(manifest);
  const variables = new Map(
    manifest.schedules.map((schedule) => [schedule, scheduleVariables(schedule, plugins)]),
  );
  return mirroredEnvironments(manifest).flatMap(({ name: environment }) => {
    const policy = policies.get(environments.get(environment)?.id ?? '') ?? null;
    const isEnabled = policy === null ? environment === manifest.defaultEnvironment : policy === 'ENABLED';
    return manifest.schedules.map((schedule) => {
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
        env: variables.get(schedule) ?? [],
      };
      return {
        key: `${environment}/${schedule.name}`,
        label: `schedule "${schedule.name}" of the environment "${environment}"`,
        location: schedule.location,
        definition: own,
        data: {
          ...own,
          ...pair,
          isEnabled,
          pauseReason: isEnabled ? null : ('ENVIRONMENT' as const),
          environmentId: job?.environmentId ?? environments.get(environment)?.id ?? '',
          jobId: job?.id ?? null,
        },
        place: ['name'],
        initial: ['isEnabled', 'pauseReason'],
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
    });
  });
}

/**
 * A secret stays in the file and has no value here. When a run of the schedule is started, the value is read
 * from the file.
 */
function scheduleVariables(schedule: ManifestSchedule, plugins: readonly KnownPlugin[]) {
  const variables = Object.entries(schedule.env).map(([name, value]) => ({ name, value }));
  return toStoredVariables(variables, plugins).map((variable) => ({
    ...variable,
    value: variable.sensitive ? null : variable.value,
  }));
}

const knownPlugins = once((manifest: Manifest): KnownPlugin[] =>
  importedPlugins(manifest, '').map(({ data }) => data as unknown as KnownPlugin),
);
