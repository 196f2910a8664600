import type { RunDirectory } from './run-directory.ts';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const inherited = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'LC_*',
  'TZ',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  // Not XDG_STATE_HOME, where Meltano writes the logs of its runs. The cache is shared, for uv.
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
];

/** Index settings may contain passwords, and plugins get every variable of a run. */
export const inheritedByInstalls = ['PIP_*', 'UV_*'];

const reserved = [
  'MELTANO_PROJECT_ROOT',
  'MELTANO_SYS_DIR_ROOT',
  'MELTANO_PROJECT_READONLY',
  'MELTANO_ENVIRONMENT',
  'MELTANO_DATABASE_URI',
  'MELTANO_STATE_BACKEND_*',
  'MELTANO_CLI_*',
  'MELTANO_JOB_TRIGGER',
  'MELTANO_GRAPHQL_*',
  'MELTANO_GATEWAY_*',
  // Variables of `run` that would change its options, so that the recorded options would be wrong.
  'MELTANO_RUN_*',
  'MELTANO_STATE_ID',
  'MELTANO_MERGE_STATE',
  // It turns timestamps into local ones without a time zone (meltano/core/logging/formatters.py).
  'NO_UTC',
  'XDG_STATE_HOME',
];

/**
 * Variables that make a program run other code than its own: where programs, libraries and packages are found,
 * what is read or executed at the start, and files that can name a command. Of a project that is only read,
 * the files say which programs run; with one of these, whoever starts a run would.
 */
const choosingCode = [
  // Shells and the programs that they find.
  ...['PATH', 'HOME', 'SHELL', 'ENV', 'BASH_ENV', 'BASHOPTS', 'SHELLOPTS', 'PS4', 'IFS', 'CDPATH', 'ZDOTDIR'],
  // The dynamic loader and what libraries load.
  ...['LD_*', 'DYLD_*', 'GLIBC_TUNABLES', 'GCONV_PATH', 'OPENSSL_*', 'ODBCINI', 'ODBCSYSINI', 'ODBCINSTINI'],
  // Meltano, Python and the packages that are installed.
  ...['MELTANO_PYTHON', 'MELTANO_VENV_*', 'MELTANO_HUB_*', 'PYTHON*', 'VIRTUAL_ENV', 'PIP_*', 'UV_*'],
  // Other languages.
  ...[
    'NODE_OPTIONS',
    'NODE_PATH',
    'PERL5LIB',
    'PERL5OPT',
    'PERL5DB',
    'PERLLIB',
    'RUBYLIB',
    'RUBYOPT',
    'GEM_*',
  ],
  ...['CLASSPATH', 'JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'],
  // Programs that call others, and configuration that names some.
  ...['GIT_*', 'EDITOR', 'VISUAL', 'PAGER', 'BROWSER', 'SSH_ASKPASS', 'SUDO_ASKPASS', 'XDG_*'],
  ...['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'],
];

interface ChildEnvironment {
  purpose: 'RUN' | 'INSTALL';
  /** The source of inherited variables. */
  baseEnv: Environment;
  /** Further names to inherit. A `*` at the end matches any rest; a `*` alone matches nothing. */
  passEnv?: readonly string[];
  /** Variables of this run only. They win over inherited ones. Reserved names are left out. */
  env?: Environment;
  projectDirectory: string;
  directory: RunDirectory;
  runId: string;
  /** Meltano stores it in the row of the run, such as `schedule:nightly`. Null means Meltano's own `cli`. */
  trigger?: string | null;
  /** The time of the tick that the run is for, as text; absent when no tick started it. */
  scheduledFor?: string | null;
  /** Where the run is in a trace, as W3C's `traceparent` says it; absent when nothing is traced. */
  traceparent?: string | null;
  /** Where an installation puts the plugins, if not below the project's `.meltano`. */
  pluginsDirectory?: string;
  /** Marks the processes of a worker: its name. None when absent. */
  worker?: string;
  /** Marks the processes of runs of a store: what tells it from a copy of it. None when absent. */
  store?: string;
}

/**
 * The environment of a Meltano process: the inherited variables that are allowed, then the caller's
 * variables, then those that keep the process private, its output short and easy to parse. Plugins see all of
 * them (meltano/core/plugin_invoker.py).
 *
 * A run has a private system directory. An installation works in the project's own, which has the virtual
 * environments. Both may not write `meltano.yml` and `.env`: without that, any command may write a project id
 * into them.
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
    // No file is there. It prevents that a `logging.yaml` of the project replaces the format.
    MELTANO_CLI_LOG_CONFIG: directory.loggingConfig,
    MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
    MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
    MELTANO_DISABLE_TRACKING: 'true',
    MELTANO_RUN_ID: child.runId,
    ...(child.worker === undefined ? {} : { MELTANO_GRAPHQL_WORKER: child.worker }),
    ...(child.store === undefined ? {} : { MELTANO_GRAPHQL_STORE: child.store }),
    ...(typeof child.scheduledFor === 'string' ? { MELTANO_GATEWAY_SCHEDULED_FOR: child.scheduledFor } : {}),
    ...(typeof child.traceparent === 'string' ? { TRACEPARENT: child.traceparent } : {}),
    XDG_STATE_HOME: directory.stateHome,
    NO_COLOR: '1',
    PYTHONUNBUFFERED: '1',
    ...(typeof child.trigger === 'string' ? { MELTANO_JOB_TRIGGER: child.trigger } : {}),
    // An installation has the project's own `analytics.json`, from which Meltano would write an id into a `meltano.yml`
    // that has none. With any id it does not. See `prepareRunDirectory` for runs.
    ...(purpose === 'RUN'
      ? { MELTANO_SYS_DIR_ROOT: directory.system }
      : {
          MELTANO_PROJECT_ID: child.runId,
          ...(child.pluginsDirectory === undefined ? {} : { MELTANO_SYS_DIR_ROOT: child.pluginsDirectory }),
        }),
  };
}

/** The variables that every child gets, and those that `more` names. */
export function inheritedEnvironment(
  baseEnv: Environment,
  more: readonly string[] = [],
): Record<string, string> {
  return pick(baseEnv, (name) => matches(name, [...inherited, ...more]) && !isReservedName(name));
}

/**
 * Whether the runner itself sets a variable. A value that is given for a run is left out.
 *
 * The runner cannot change the `env:` at the root of `meltano.yml`: Meltano lets it override the process
 * environment (meltano/core/project_settings_service.py). So a project with a reserved name there must be
 * refused before.
 */
export function isReservedName(name: string): boolean {
  return matches(name, reserved);
}

/**
 * Whether a variable can make a program run other code. Callers may give it only if the gateway's settings
 * allow it. The `env:` of a `meltano.yml` may set it: who writes that file also says which programs run.
 *
 * @param allowed names that callers may give. A `*` at the end matches any rest
 */
export function choosesCode(name: string, allowed: readonly string[]): boolean {
  return matches(name, choosingCode) && !matches(name, allowed);
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
