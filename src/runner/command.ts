/** How a run uses stored state and catalogs. The defaults are Meltano's own. Source: meltano/cli/run.py. */
export interface RunOptions {
  /** Ignore stored state, and discover catalogs again. */
  fullRefresh?: boolean;
  /** Discover catalogs again, but start from stored state. */
  refreshCatalog?: boolean;
  /** Neither write nor read state: Meltano makes no job object, so the extractor starts without state. */
  noStateUpdate?: boolean;
  /** Replaces the environment's own suffix; null keeps it. */
  stateIdSuffix?: string | null;
  /** AUTO replaces the completed state. With `fullRefresh` it merges into the partial one. */
  stateStrategy?: StateStrategy;
}

/** How the state messages of a run change the stored documents. Source: meltano/core/_state.py. */
export type StateStrategy = 'AUTO' | 'MERGE' | 'OVERWRITE';

/** Meltano's log level. DEBUG also prints all records and configurations, secrets included. */
export type MeltanoLogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** Meltano's plural names of its plugin types, as in `meltano.yml`. */
export type PluginType = (typeof pluginTypes)[number];

/** Every plugin type. Each is also a folder of virtual environments. Source: meltano/core/plugin/base.py. */
export const pluginTypes = [
  'extractors',
  'loaders',
  'mappers',
  'transformers',
  'transforms',
  'orchestrators',
  'utilities',
  'files',
] as const;

interface RunCommand {
  environment: string;
  /** Names of plugins, mappings or jobs, or `plugin:command`s, in the order in which they run. */
  blocks: readonly string[];
  /** A UUID; Meltano refuses anything else with exit code 2. */
  runId: string;
  databaseUri: string;
  options?: RunOptions;
  logLevel?: MeltanoLogLevel;
}

/**
 * The arguments of `meltano run`.
 *
 * Values are joined to their option with `=` and blocks follow `--`, so that no name is read as an option
 * (click stops parsing options there). `--force` is always given: without it Meltano looks for a running row
 * in the system database, and each run has its own. The log format is an option and not only a variable,
 * because the first line is logged before the settings are read. `--database-uri` is an option because the
 * `env:` of `meltano.yml` overrides the variable (meltano/core/project_settings_service.py).
 */
export function runCommandLine(command: RunCommand): string[] {
  const { environment, blocks, runId, databaseUri, options = {}, logLevel = 'INFO' } = command;
  const flags = [
    options.fullRefresh === true && '--full-refresh',
    options.refreshCatalog === true && '--refresh-catalog',
    options.noStateUpdate === true && '--no-state-update',
    typeof options.stateIdSuffix === 'string' && `--state-id-suffix=${options.stateIdSuffix}`,
    options.stateStrategy !== undefined && `--state-strategy=${options.stateStrategy.toLowerCase()}`,
  ];
  return [
    ...logArguments(logLevel),
    `--environment=${environment}`,
    'run',
    '--no-install',
    '--force',
    `--run-id=${runId}`,
    `--database-uri=${databaseUri}`,
    ...flags.filter((flag) => flag !== false),
    '--',
    ...blocks,
  ];
}

/** What an extract-load schedule adds to its pair. */
export interface EltOptions {
  stateId: string;
  /** `skip`, `only` or `run`. */
  transform: string;
}

/**
 * The arguments of `meltano elt`, as `meltano schedule run` gives them for a schedule without a job (meltano/core/schedule.py,
 * `elt_args`). What is said of `runCommandLine` is true here, too.
 */
export function eltCommandLine({
  elt,
  ...command
}: Omit<RunCommand, 'options'> & { elt: EltOptions; options?: RunOptions }): string[] {
  const { environment, blocks, runId, databaseUri, options = {}, logLevel = 'INFO' } = command;
  const flags = [
    options.fullRefresh === true && '--full-refresh',
    options.refreshCatalog === true && '--refresh-catalog',
    options.stateStrategy !== undefined && `--state-strategy=${options.stateStrategy.toLowerCase()}`,
  ];
  return [
    ...logArguments(logLevel),
    `--environment=${environment}`,
    'elt',
    '--no-install',
    '--force',
    `--run-id=${runId}`,
    `--database-uri=${databaseUri}`,
    `--transform=${elt.transform}`,
    `--state-id=${elt.stateId}`,
    ...flags.filter((flag) => flag !== false),
    '--',
    ...blocks,
  ];
}

/** A plugin to install. */
export interface PluginToInstall {
  type: PluginType;
  name: string;
}

interface InstallCommand {
  /** 'ALL' installs what `meltano.yml` declares. For plugins without a lock file, Meltano asks its Hub. */
  plugins: readonly PluginToInstall[] | 'ALL';
  databaseUri: string;
  /** Empty the virtual environments before. */
  clean?: boolean;
  logLevel?: MeltanoLogLevel;
}

/**
 * The arguments of one or more calls of `meltano install`, which run in this order. There is one for each
 * plugin type: when plugins are named without their type, Meltano resolves every plugin of the project, over
 * the network if it must.
 *
 * Meltano ignores unknown names and exits with 0. Its line "Installing N plugins" shows the real number.
 */
export function installCommandLines(command: InstallCommand): string[][] {
  const { plugins, databaseUri, clean = false, logLevel = 'INFO' } = command;
  const start = [...logArguments(logLevel), 'install', `--database-uri=${databaseUri}`];
  if (clean) start.push('--clean');
  if (plugins === 'ALL') return [start];
  return pluginTypes.flatMap((type) => {
    const names = plugins.filter((plugin) => plugin.type === type).map((plugin) => plugin.name);
    return names.length === 0 ? [] : [[...start, `--plugin-type=${type}`, '--', ...names]];
  });
}

interface TestCommand {
  environment: string;
  /** `<plugin>:<command>`s. */
  tests: readonly string[];
  databaseUri: string;
}

/**
 * The arguments of `meltano test`. Without a test it runs none and exits with 0. Source:
 * meltano/cli/validate.py.
 */
export function testCommandLine({ environment, tests, databaseUri }: TestCommand): string[] {
  const options = ['--no-install', `--database-uri=${databaseUri}`];
  return [...logArguments('INFO'), `--environment=${environment}`, 'test', ...options, '--', ...tests];
}

interface PluginTestCommand {
  environment: string;
  /** Name of an extractor or a loader. Meltano looks for the extractor first. */
  plugin: string;
  databaseUri: string;
}

/**
 * The arguments of `meltano config test`. The environment is required: this command does not use the default
 * one. Source: meltano/cli/config.py.
 */
export function pluginTestCommandLine({ environment, plugin, databaseUri }: PluginTestCommand): string[] {
  const options = ['--no-install', `--database-uri=${databaseUri}`];
  return [
    ...logArguments('INFO'),
    `--environment=${environment}`,
    'config',
    'test',
    ...options,
    '--',
    plugin,
  ];
}

interface SelectCommand {
  environment: string;
  /** Name of an extractor. */
  extractor: string;
  /** Discover the catalog again, even when a kept one fits. */
  refreshCatalog: boolean;
  databaseUri: string;
}

/**
 * The arguments of the `meltano select` that lists all streams and properties with their selection, as JSON
 * on stdout. The environment is required: this command does not use the default one. Source:
 * meltano/cli/select_entities.py.
 */
export function selectCommandLine(command: SelectCommand): string[] {
  const { environment, extractor, refreshCatalog, databaseUri } = command;
  const options = ['--json', '--all', '--no-install', `--database-uri=${databaseUri}`];
  if (refreshCatalog) options.push('--refresh-catalog');
  return [...logArguments('INFO'), `--environment=${environment}`, 'select', ...options, '--', extractor];
}

interface InvokeCommand {
  environment: string;
  /** A plugin, or `<plugin>:<command>`. */
  command: string;
  args: readonly string[];
  databaseUri: string;
}

/** The arguments of `meltano invoke`. Everything after the command goes to the plugin unchanged. */
export function invokeCommandLine({ environment, command, args, databaseUri }: InvokeCommand): string[] {
  const options = ['--no-install', `--database-uri=${databaseUri}`];
  return [
    ...logArguments('INFO'),
    `--environment=${environment}`,
    'invoke',
    ...options,
    '--',
    command,
    ...args,
  ];
}

function logArguments(level: MeltanoLogLevel): string[] {
  return ['--log-format=json', `--log-level=${level.toLowerCase()}`];
}
