import type { RunDirectory } from './run-directory.ts';

/** A set of environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const inherited = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'LC_*', 'TZ', 'TMPDIR'],
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
  ],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  // Not XDG_STATE_HOME, where Meltano puts its run logs. The cache stays shared, for uv.
  ...['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME'],
];

/** Index settings may carry passwords, and a run hands all it is given to third-party plugins. */
const inheritedByInstalls = ['PIP_*', 'UV_*'];

const reserved = [
  ...['MELTANO_PROJECT_ROOT', 'MELTANO_SYS_DIR_ROOT', 'MELTANO_PROJECT_READONLY', 'MELTANO_ENVIRONMENT'],
  ...['MELTANO_DATABASE_URI', 'MELTANO_STATE_BACKEND_*', 'MELTANO_CLI_*', 'MELTANO_JOB_TRIGGER'],
  // Variables of `run` that would change its options behind the back of whoever recorded them.
  ...['MELTANO_RUN_*', 'MELTANO_STATE_ID', 'MELTANO_MERGE_STATE'],
  // Turns time stamps into local ones without a zone (meltano/core/logging/formatters.py).
  'NO_UTC',
  'XDG_STATE_HOME',
];

interface ChildEnvironment {
  purpose: 'RUN' | 'INSTALL';
  /** Where inherited variables come from. */
  baseEnv: Environment;
  /** Further names to inherit; a `*` at the end stands for any rest, alone it is nothing. */
  passEnv?: readonly string[];
  /** Variables of this run alone; they win over inherited ones, and reserved names are left out. */
  env?: Environment;
  projectDirectory: string;
  directory: RunDirectory;
  runId: string;
  /** Kept by Meltano in the row of the run, such as `schedule:nightly`; null means Meltano's own `cli`. */
  trigger?: string | null;
}

/**
 * The environment of a Meltano process: an allow-list of what is inherited, then the caller's variables, then
 * what keeps the process private, quiet and readable. Plugins see all of it (meltano/core/plugin_invoker.py).
 *
 * A run has a private system directory; an installation works in the project's own, where virtual environments
 * live. In both `meltano.yml` and `.env` are read-only: any command may otherwise write a project id into them.
 */
export function childEnvironment(child: ChildEnvironment): Record<string, string> {
  const { purpose, directory } = child;
  const more = [...(purpose === 'INSTALL' ? inheritedByInstalls : []), ...(child.passEnv ?? [])];
  return {
    ...inheritedEnvironment(child.baseEnv, more),
    ...pick(child.env ?? {}, (name) => !isReservedName(name)),
    MELTANO_PROJECT_ROOT: child.projectDirectory,
    MELTANO_PROJECT_READONLY: '1',
    MELTANO_DATABASE_URI: directory.databaseUri,
    MELTANO_STATE_BACKEND_URI: directory.stateUri,
    MELTANO_CLI_LOG_FORMAT: 'json',
    // A file that is not there: a `logging.yaml` of the project would otherwise take the place of the format.
    MELTANO_CLI_LOG_CONFIG: directory.loggingConfig,
    MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
    MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
    MELTANO_DISABLE_TRACKING: 'true',
    MELTANO_RUN_ID: child.runId,
    XDG_STATE_HOME: directory.stateHome,
    NO_COLOR: '1',
    PYTHONUNBUFFERED: '1',
    ...(typeof child.trigger === 'string' ? { MELTANO_JOB_TRIGGER: child.trigger } : {}),
    ...(purpose === 'RUN' ? { MELTANO_SYS_DIR_ROOT: directory.system } : {}),
  };
}

/** What any child may know of its surroundings, and the names in `more`. */
export function inheritedEnvironment(
  baseEnv: Environment,
  more: readonly string[] = [],
): Record<string, string> {
  return pick(baseEnv, (name) => matches(name, [...inherited, ...more]) && !isReservedName(name));
}

/**
 * Whether a variable belongs to the runner: given for a run it would be left out.
 *
 * The `env:` at the root of `meltano.yml` is beyond reach: Meltano lets it override its process environment
 * (meltano/core/project_settings_service.py), so a project with a reserved name there must be refused before.
 */
export function isReservedName(name: string): boolean {
  return matches(name, reserved);
}

function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.length > 1 && pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function pick(env: Environment, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0]),
    ),
  );
}
