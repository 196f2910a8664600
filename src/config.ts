import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkDatabaseUrl, checkProjects, readProject, readSystemDatabases } from './config-values.ts';
import type { DatabaseLocation } from './store/database.ts';

/** A project to serve, and its name in the gateway; null to take the directory's. */
export interface ProjectToServe {
  name: string | null;
  directory: string;
}

/** Everything that can be set, with its default in place. */
export interface Config {
  /** `DEMO` provisions Meltano and serves the sample project. */
  command: 'SERVE' | 'DEMO' | 'HELP' | 'VERSION';
  projects: readonly ProjectToServe[];
  host: string;
  port: number;
  database: DatabaseLocation;
  /** Directory for what the gateway keeps on disk: the embedded database and the runs' private files. */
  dataDirectory: string;
  /** Directory for the demo's Meltano and its copy of the sample project. */
  demoHome: string;
  /** The `meltano` to run: a path, or a name on the PATH. */
  meltano: string;
  /** Names of environment variables that runs inherit besides the usual ones. */
  passEnv: readonly string[];
  /** Addresses of the Meltano system databases on PostgreSQL that may be imported, by the names of their variables. */
  systemDatabases: ReadonlyMap<string, string>;
  /** Runs executed at a time by this process; 0 executes none. */
  slots: number;
  /** Services run at a time by this process, if it executes runs. */
  serviceSlots: number;
  /** Processes that serve requests beside this one; 0 when this one does it itself. */
  cluster: number;
  /** Time that runs get to end when the gateway is stopped, in seconds. */
  drainSeconds: number;
  /** Time between asking a run's processes to end and killing them, in seconds. */
  graceSeconds: number;
  /** Time for which what was deleted can be brought back, in days. */
  deletedRetentionDays: number;
  logLevel: string;
  /** Whether to log every SQL statement. */
  logQueries: boolean;
}

/** A setting: a flag, the environment variable that sets it too, and what `--help` says of it. */
interface Setting {
  env?: string;
  value?: string;
  default?: string;
  help: string;
}

/** All settings, in the order of `--help` and of the README's table. */
export const settings = {
  project: { value: '[NAME=]DIR', help: 'Serve the Meltano project in DIR. May be given several times.' },
  meltano: { value: 'PATH', env: 'MELTANO', default: 'meltano', help: 'The meltano to run.' },
  'database-url': {
    value: 'URL',
    env: 'DATABASE_URL',
    help: 'PostgreSQL server to keep everything in. Without it, an embedded PostgreSQL in the data directory.',
  },
  'data-directory': {
    value: 'DIR',
    env: 'DATA_DIRECTORY',
    default: '.meltano-graphql',
    help: "Directory for the embedded database and the runs' private files.",
  },
  host: { value: 'HOST', env: 'HOST', default: '127.0.0.1', help: 'Address to listen on.' },
  port: { value: 'PORT', env: 'PORT', default: '4000', help: 'Port to listen on; 0 takes any free one.' },
  slots: {
    value: 'NUMBER',
    env: 'SLOTS',
    default: '4',
    help: 'Runs that this process executes at a time; 0 executes none.',
  },
  'service-slots': {
    value: 'NUMBER',
    env: 'SERVICE_SLOTS',
    default: '10',
    help: 'Services that this process runs at a time, beside the runs; none where --slots is 0.',
  },
  cluster: {
    value: 'NUMBER',
    env: 'CLUSTER',
    default: '0',
    help: 'Serve requests with so many further processes, and execute runs in this one; needs a PostgreSQL server.',
  },
  'pass-env': {
    value: 'NAMES',
    env: 'PASS_ENV',
    default: '',
    help: 'Variables that runs inherit besides PATH, HOME and the like: names separated by commas, * at an end for any rest.',
  },
  'system-databases': {
    value: 'NAMES',
    env: 'SYSTEM_DATABASES',
    default: '',
    help: 'Variables with the addresses of Meltano system databases on PostgreSQL that importSystemDatabase may read: names separated by commas.',
  },
  drain: {
    value: 'SECONDS',
    env: 'DRAIN',
    default: '30',
    help: 'Time that runs get to end by themselves when the gateway is stopped.',
  },
  grace: {
    value: 'SECONDS',
    env: 'GRACE',
    default: '10',
    help: "Time between asking a run's processes to end and killing them.",
  },
  'deleted-retention-days': {
    value: 'DAYS',
    env: 'DELETED_RETENTION_DAYS',
    default: '30',
    help: 'Time for which what was deleted can be brought back, before it is removed for good.',
  },
  'log-level': {
    value: 'LEVEL',
    env: 'LOG_LEVEL',
    default: 'info',
    help: 'Least level that is logged: trace, debug, info, warn, error, fatal or silent.',
  },
  'log-queries': { help: 'Log every SQL statement, at level debug.' },
  help: { help: 'Say all of this.' },
  version: { help: 'Say the version.' },
} satisfies Record<string, Setting>;

/** The arguments or the environment make no sense; the message holds a line for each thing that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the configuration: a flag wins over an environment variable, which wins over the default.
 *
 * @param args the arguments after the program's name
 * @throws ConfigError with everything that is wrong
 */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  processId: number,
): Config {
  const { values, command } = parse(args);
  const problems: string[] = [];
  const text = (name: keyof typeof settings): string => {
    const setting: Setting = settings[name];
    const flag = values[name];
    const given = typeof flag === 'string' ? flag : setting.env === undefined ? undefined : env[setting.env];
    // An empty value stands for the default: an empty host, say, would be every address of the machine.
    return given === undefined || given === '' ? (setting.default ?? '') : given;
  };
  const number = (name: keyof typeof settings, max: number): number => {
    const given = text(name);
    const value = Number(given);
    if (!/^\d+$/.test(given) || value > max) {
      problems.push(`--${name} must be a whole number from 0 to ${max}, and is "${given}".`);
    }
    return value;
  };
  const databaseUrl = text('database-url');
  if (databaseUrl !== '') problems.push(...checkDatabaseUrl(databaseUrl));
  const cluster = number('cluster', 100);
  if (cluster > 0 && databaseUrl === '') {
    problems.push('--cluster needs a PostgreSQL server, named with --database-url.');
  }
  const logLevel = text('log-level');
  if (!['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].includes(logLevel)) {
    problems.push(
      `--log-level must be trace, debug, info, warn, error, fatal or silent, and is "${logLevel}".`,
    );
  }
  const projects = (Array.isArray(values.project) ? values.project : []).map(String).map(readProject);
  problems.push(...checkProjects(projects));
  if (command === 'SERVE' && projects.length === 0) {
    problems.push('Name a project to serve: --project DIR. (The demo needs none: meltano-graphql demo.)');
  }
  for (const name of ['project', 'meltano'] as const) {
    if (command === 'DEMO' && values[name] !== undefined) {
      problems.push(`The demo has a project and a Meltano of its own; leave out --${name}, or "demo".`);
    }
  }
  const directory = resolve(text('data-directory'));
  // The demo keeps its data apart, so that the sample project does not show up among one's own.
  const dataDirectory = join(directory, command === 'DEMO' ? 'demo-data' : 'data');
  const config: Config = {
    command,
    projects,
    host: text('host'),
    port: number('port', 65_535),
    database:
      databaseUrl === ''
        ? { kind: 'EMBEDDED', directory: join(dataDirectory, 'store'), processId }
        : { kind: 'SERVER', url: databaseUrl },
    dataDirectory,
    demoHome: directory,
    meltano: text('meltano'),
    passEnv: names(text('pass-env')),
    systemDatabases: readSystemDatabases(names(text('system-databases')), env, problems),
    slots: number('slots', 1000),
    serviceSlots: number('service-slots', 1000),
    cluster,
    drainSeconds: number('drain', 24 * 3600),
    graceSeconds: number('grace', 3600),
    deletedRetentionDays: number('deleted-retention-days', 36_500),
    logLevel,
    logQueries: values['log-queries'] === true,
  };
  if (problems.length > 0 && (command === 'SERVE' || command === 'DEMO'))
    throw new ConfigError(problems.join('\n'));
  return config;
}

function names(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parse(args: readonly string[]): {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  command: Config['command'];
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries<Setting>(settings).map(([name, setting]) => [
          name,
          setting.value === undefined
            ? { type: 'boolean' as const }
            : { type: 'string' as const, multiple: name === 'project' },
        ]),
      ),
    });
    const [word, ...more] = positionals;
    if ((word !== undefined && word !== 'demo') || more.length > 0) {
      throw new ConfigError(`"${positionals.join(' ')}" is not understood; the only command is "demo".`);
    }
    const command = values.help ? 'HELP' : values.version ? 'VERSION' : word === 'demo' ? 'DEMO' : 'SERVE';
    return { values, command };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(explainArguments(error as NodeJS.ErrnoException));
  }
}

// node:util's own messages run over several lines, and speak of positional arguments.
function explainArguments({ code, message }: NodeJS.ErrnoException): string {
  const option = /'(--?[^' =<]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `There is no flag ${option}. See --help.`;
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return `${message.split('\n')[0] ?? ''}. See --help.`;
  return message.includes('does not take an argument')
    ? `${option} takes no value.`
    : `${option} needs a value; one that begins with - is written ${option}=-….`;
}

/** What `--help` prints. */
export function helpText(): string {
  const lines = Object.entries<Setting>(settings).map(([name, { value, env, default: byDefault, help }]) => {
    const flag = `  --${name}${value === undefined ? '' : ` ${value}`}`;
    const notes = [
      ...(env === undefined ? [] : [`environment: ${env}`]),
      ...(byDefault === undefined || byDefault === '' ? [] : [`default: ${byDefault}`]),
    ];
    return `${flag.padEnd(34)}${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
  });
  return [
    'meltano-graphql: a typed GraphQL API over Meltano projects.',
    '',
    'Usage:',
    '  meltano-graphql --project DIR [--project DIR …] [flags]   serve your own projects',
    '  meltano-graphql demo [flags]                              serve a sample project, with a Meltano of its own',
    '',
    'Flags:',
    ...lines,
  ].join('\n');
}
