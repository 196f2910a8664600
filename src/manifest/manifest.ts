/** A location in one of the project's files. */
export interface Location {
  /** Relative to the project's directory, with `/` as separator. */
  file: string;
  /** From 1. */
  line: number;
}

/** One problem in a project's files: what is wrong, and what to do. */
export interface Finding extends Location {
  message: string;
}

/** The project cannot be read. `findings` lists every problem, in the order of the files. */
export class ManifestError extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.name = 'ManifestError';
    this.findings = findings;
  }
}

/** The kinds of plugins in a project file (meltano/core/plugin/base.py, `PluginType`). */
export type PluginType =
  'EXTRACTOR' | 'LOADER' | 'TRANSFORM' | 'ORCHESTRATOR' | 'TRANSFORMER' | 'FILE' | 'UTILITY' | 'MAPPER';

/** Values of settings by name, nested or dotted as in the file. */
export type Config = Record<string, unknown>;

/**
 * The content of a Meltano project's files. The same files always give an equal value.
 *
 * Values are those of JSON. Dates stay text. A number that JavaScript cannot represent exactly becomes text,
 * with a warning. `$VARIABLES` are not expanded.
 */
export interface Manifest {
  /** Absolute path, as the caller gave it. */
  directory: string;
  /**
   * The files that were read, relative to the directory: `meltano.yml`, then included files, then lock files.
   */
  files: string[];
  projectId: string | null;
  defaultEnvironment: string | null;
  /** A version specifier, such as `>=4.2`. */
  requiresMeltano: string | null;
  /** All other keys at the top level. They may contain secrets, such as the password in `database_uri`. */
  settings: Config;
  env: Record<string, string>;
  /** The sorted names that `.env` sets. The values are never kept. */
  dotEnvNames: string[];
  environments: ManifestEnvironment[];
  plugins: ManifestPlugin[];
  jobs: ManifestJob[];
  schedules: ManifestSchedule[];
  /** What Meltano accepts but cannot use, or uses in an unexpected way. */
  warnings: Finding[];
}

export interface ManifestEnvironment {
  name: string;
  env: Record<string, string>;
  stateIdSuffix: string | null;
  pluginConfig: EnvironmentPlugin[];
  annotations: Record<string, unknown>;
  location: Location;
}

/** What an environment sets for one plugin. It wins over the plugin's own values. */
export interface EnvironmentPlugin {
  type: PluginType;
  name: string;
  config: Config;
  env: Record<string, string>;
  /** Such as `select` and `metadata`. */
  extras: Config;
  location: Location;
}

/**
 * A plugin, with what it gets from its definition or inherits from another plugin.
 *
 * `config`, `extras` and `env` are only those of this entry: inherited values depend on the environment (see
 * `effectiveConfig`), and Meltano does not give a plugin the `env` of its parent or of its lock file.
 */
export interface ManifestPlugin {
  type: PluginType;
  name: string;
  inheritFrom: string | null;
  variant: string | null;
  /** Requirements and options of pip, split by the rules of a shell; null when nothing is installed. */
  pipUrl: string | null;
  /** The Python interpreter of its virtual environment. */
  python: string | null;
  /** Null when it has the name of the plugin. */
  executable: string | null;
  /** Null only when the definition is unknown. */
  namespace: string | null;
  label: string | null;
  logoUrl: string | null;
  description: string | null;
  docs: string | null;
  repo: string | null;
  requiresMeltano: string | null;
  capabilities: string[];
  settings: ManifestSetting[];
  /** Groups of settings. At least one group must be complete. */
  settingGroups: string[][];
  commands: ManifestCommand[];
  config: Config;
  env: Record<string, string>;
  /** By plugin type as written in the file, such as `files`. */
  requires: Record<string, PluginRequirement[]>;
  /** Keys that Meltano itself uses as settings, such as `select`, `metadata` and `vars`. */
  extras: Config;
  /** The extras that the definition sets. A value in any other place wins. */
  extraDefaults: Config;
  /** Named configurations. Only mappers have them. */
  mappings: ManifestMapping[];
  definition: DefinitionSource;
  annotations: Record<string, unknown>;
  location: Location;
}

/**
 * Where a plugin's definition comes from: its own entry (`CUSTOM`), a lock file (`LOCKED`), another plugin of
 * the project (`INHERITED`), or not from the project (`UNKNOWN`). For `UNKNOWN`, Meltano would ask its Hub.
 */
export type DefinitionSource = 'CUSTOM' | 'LOCKED' | 'INHERITED' | 'UNKNOWN';

/** The kinds of settings (meltano/core/setting_definition.py, `SettingKind`). */
export const settingKinds = [
  'string',
  'integer',
  'boolean',
  'decimal',
  'date_iso8601',
  'email',
  'password',
  'oauth',
  'options',
  'file',
  'array',
  'object',
  'hidden',
] as const;
export type SettingKind = (typeof settingKinds)[number];

export interface ManifestSetting {
  name: string;
  aliases: string[];
  label: string | null;
  description: string | null;
  /** Null means text. */
  kind: SettingKind | null;
  /** The default. */
  value: unknown;
  options: SettingOption[];
  /** An environment variable that Meltano also sets for the plugin. It is never read. */
  env: string | null;
  sensitive: boolean;
}

export interface SettingOption {
  label: string | null;
  value: unknown;
}

export interface ManifestCommand {
  name: string;
  args: string;
  description: string | null;
  executable: string | null;
}

export interface PluginRequirement {
  name: string;
  variant: string | null;
}

/** A configuration of a mapper. Pipelines use its name. */
export interface ManifestMapping {
  name: string;
  config: Config;
}

export interface ManifestJob {
  name: string;
  /** The blocks of each task, split as Meltano splits them. */
  tasks: string[][];
  annotations: Record<string, unknown>;
  location: Location;
}

interface ScheduleBase {
  name: string;
  /** As written in the file. Null is possible, and never fires. */
  interval: string | null;
  /** Five fields; null when it never fires by itself. It is not validated, as in Meltano. */
  cron: string | null;
  env: Record<string, string>;
  annotations: Record<string, unknown>;
  location: Location;
}

/** A schedule that runs a job of the project. */
export interface JobSchedule extends ScheduleBase {
  kind: 'JOB';
  job: string;
}

/** The older form: a schedule for a pair of plugins. Its state id is the name of the schedule. */
export interface ExtractLoadSchedule extends ScheduleBase {
  kind: 'EXTRACT_LOAD';
  extractor: string;
  loader: string;
  /** `skip`, `only` or `run`. */
  transform: string;
}

export type ManifestSchedule = JobSchedule | ExtractLoadSchedule;
