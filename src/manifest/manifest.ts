/** A place in one of the project's files. */
export interface Location {
  /** Relative to the project's directory, with `/` between its parts. */
  file: string;
  /** Counted from 1. */
  line: number;
}

/** One thing that is wrong in a project's files: what it is, and what to do about it. */
export interface Finding extends Location {
  message: string;
}

/** A project that cannot be read. Holds everything that is wrong with it, in the order of its files. */
export class ManifestError extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.name = 'ManifestError';
    this.findings = findings;
  }
}

/** The kinds of plugin that a project file can hold (meltano/core/plugin/base.py, `PluginType`). */
export type PluginType =
  'EXTRACTOR' | 'LOADER' | 'TRANSFORM' | 'ORCHESTRATOR' | 'TRANSFORMER' | 'FILE' | 'UTILITY' | 'MAPPER';

/** Values of settings, by name, nested or dotted as they are written. */
export type Config = Record<string, unknown>;

/**
 * What the files of a Meltano project say. The same files always give an equal value.
 *
 * Values are JSON-like: dates stay the text that they are written as, and a number that JavaScript cannot
 * hold is text as well, with a warning. Nothing is expanded: `$VARIABLES` are as written.
 */
export interface Manifest {
  /** Absolute path, as it was asked for. */
  directory: string;
  /** What was read, relative to the directory: `meltano.yml`, then included files, then lock files. */
  files: string[];
  projectId: string | null;
  defaultEnvironment: string | null;
  /** A version specifier, such as `>=4.2`. */
  requiresMeltano: string | null;
  /** Every other key at the top level. They may hold secrets, such as the password in `database_uri`. */
  settings: Config;
  env: Record<string, string>;
  /** The names that `.env` gives a value, sorted. The values are never kept. */
  dotEnvNames: string[];
  environments: ManifestEnvironment[];
  plugins: ManifestPlugin[];
  jobs: ManifestJob[];
  schedules: ManifestSchedule[];
  /** What Meltano would accept but could not use, or would use in a way that surprises. */
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

/** What an environment sets for one plugin; it wins over what the plugin itself has. */
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
 * A plugin, with what it takes over from its definition or from the plugin that it inherits from.
 *
 * `config`, `extras` and `env` are this entry's own: inherited values depend on the environment (see
 * `effectiveConfig`), and Meltano hands a plugin neither its parent's nor its lock file's `env`.
 */
export interface ManifestPlugin {
  type: PluginType;
  name: string;
  inheritFrom: string | null;
  variant: string | null;
  /** Requirements and flags of pip, split by the rules of a shell; null means that nothing is installed. */
  pipUrl: string | null;
  /** The interpreter of its virtual environment. */
  python: string | null;
  /** Null means that it is called like the plugin. */
  executable: string | null;
  /** Null only if the definition is unknown. */
  namespace: string | null;
  label: string | null;
  logoUrl: string | null;
  description: string | null;
  docs: string | null;
  repo: string | null;
  requiresMeltano: string | null;
  capabilities: string[];
  settings: ManifestSetting[];
  /** Groups of settings of which at least one has to be complete. */
  settingGroups: string[][];
  commands: ManifestCommand[];
  config: Config;
  env: Record<string, string>;
  /** By plugin type as it is written, such as `files`. */
  requires: Record<string, PluginRequirement[]>;
  /** Keys that Meltano keeps as settings of its own, such as `select`, `metadata` and `vars`. */
  extras: Config;
  /** The extras that the definition sets; any value elsewhere wins. */
  extraDefaults: Config;
  /** Named configurations; mappers alone have them. */
  mappings: ManifestMapping[];
  definition: DefinitionSource;
  annotations: Record<string, unknown>;
  location: Location;
}

/**
 * Where a plugin's definition comes from: its own entry (`CUSTOM`), a lock file (`LOCKED`), another plugin
 * of the project (`INHERITED`), or nowhere in the project (`UNKNOWN`): Meltano would ask its Hub.
 */
export type DefinitionSource = 'CUSTOM' | 'LOCKED' | 'INHERITED' | 'UNKNOWN';

export interface ManifestSetting {
  name: string;
  aliases: string[];
  label: string | null;
  description: string | null;
  /** As it is written, such as `integer`; null means text. */
  kind: string | null;
  /** The default. */
  value: unknown;
  options: SettingOption[];
  /** An environment variable that Meltano sets for the plugin besides its own; it is never read. */
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

/** A configuration of a mapper, which is what a pipeline names. */
export interface ManifestMapping {
  name: string;
  config: Config;
}

export interface ManifestJob {
  name: string;
  /** The blocks of each task, split where Meltano splits them. */
  tasks: string[][];
  annotations: Record<string, unknown>;
  location: Location;
}

interface ScheduleBase {
  name: string;
  /** As it is written; null is written as such, and never fires. */
  interval: string | null;
  /** Five fields; null means that it never fires by itself. Not checked: Meltano does not either. */
  cron: string | null;
  env: Record<string, string>;
  annotations: Record<string, unknown>;
  location: Location;
}

/** Runs a job of the project. */
export interface JobSchedule extends ScheduleBase {
  kind: 'JOB';
  job: string;
}

/** The older form: a pair of plugins, whose state has the schedule's name as its id. */
export interface ExtractLoadSchedule extends ScheduleBase {
  kind: 'EXTRACT_LOAD';
  extractor: string;
  loader: string;
  /** `skip`, `only` or `run`. */
  transform: string;
}

export type ManifestSchedule = JobSchedule | ExtractLoadSchedule;
