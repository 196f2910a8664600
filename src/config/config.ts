import { join, resolve } from 'node:path';
import { ConfigError, parseArguments, type FlagValues } from './arguments.ts';
import { settings, type Setting } from './settings.ts';
import {
  checkDatabaseUrl,
  checkProjects,
  checkWorker,
  readHosts,
  readLabels,
  readLogFormat,
  readMetricsListen,
  readOrigins,
  readProject,
  readProtocols,
  readRetention,
  readSystemDatabases,
  readWebhookAddresses,
} from './values.ts';
import type { TokenSource } from './api-token.ts';
import type { AllowedAddresses } from '../lib/outbound/addresses.ts';
import { isLoopback, type HostName } from '../lib/serving/host-name.ts';
import type { Retention } from '../domain/retention-limits.ts';
import type { DatabaseLocation } from '../store/database/database.ts';

const megabyte = 1_000_000;

/** Time that the runs of a worker have to end, in seconds. */
const workerDrain = 3600;

/** A project to serve, and its name in the gateway; null for the name of its directory. */
export interface ProjectToServe {
  name: string | null;
  directory: string;
}

/** All settings, with defaults filled in. */
export interface Config {
  /**
   * `DEMO` provisions Meltano and serves the sample project. `WORKER` executes runs and serves nobody. `DOCTOR` says whether
   * all is well, and serves nothing. `BACKUP` and `RESTORE` copy the database to a file and back.
   */
  command: 'SERVE' | 'WORKER' | 'DEMO' | 'DOCTOR' | 'BACKUP' | 'RESTORE' | 'HELP' | 'VERSION';
  /** The file of `BACKUP` and `RESTORE`; null for any other command. */
  file: string | null;
  projects: readonly ProjectToServe[];
  /** Paths of environments whose imported schedules are enabled. */
  schedules: readonly string[];
  host: string;
  port: number;
  /** Further names by which clients may call the server. */
  allowedHosts: readonly HostName[];
  /** Further origins whose pages may read the answers. */
  corsOrigins: readonly string[];
  /** File with the only documents that may be executed; null when all may. */
  trustedDocuments: string | null;
  /** Where the token is that each request must bring; null when none is asked for. */
  apiToken: TokenSource | null;
  /** Where metrics are served beside the API; null for nowhere. */
  metricsListen: { host: string; port: number } | null;
  /** Bytes that the bodies of all requests may have together. */
  requestBytes: number;
  /** Bytes that one answer may have. */
  answerBytes: number;
  /** Bytes that large answers may have together while they are made, and all answers while they are sent. */
  answersBytes: number;
  /** How many subscriptions may be open at a time: in this process, and of one client. */
  subscriptions: { all: number; perClient: number };
  database: DatabaseLocation;
  /** Directory for the gateway's files: the embedded database and the runs' private files. */
  dataDirectory: string;
  /** Directory for the demo's Meltano and its copy of the sample project. */
  demoHome: string;
  /** The `meltano` to run: a path, or a name on the PATH. */
  meltano: string;
  /** Names of environment variables that runs inherit in addition to the usual ones. */
  passEnv: readonly string[];
  /** Names of variables that callers may give though they can make a program run other code. */
  allowEnv: readonly string[];
  /**
   * Addresses of Meltano system databases on PostgreSQL that may be imported, by the names of their
   * variables.
   */
  systemDatabases: ReadonlyMap<string, string>;
  /** How repositories of projects may be reached, such as `https`. */
  gitProtocols: readonly string[];
  /** Where webhooks may lead to beside public addresses. */
  webhookAddresses: AllowedAddresses;
  /** How many runs this process executes at a time; 0 for none. */
  slots: number;
  /** After how many runs a worker ends; null for never. */
  maxRuns: number | null;
  /** After how many seconds without a run and a service a worker ends; null for never. */
  idleExitSeconds: number | null;
  /** Labels of this process as a worker. */
  labels: readonly string[];
  /** How many services this process runs at a time, if it executes runs. */
  serviceSlots: number;
  /** How many other processes serve requests; 0 when this process serves them itself. */
  cluster: number;
  /** Time that runs have to end when the gateway stops, in seconds. */
  drainSeconds: number;
  /** Time between SIGTERM and SIGKILL for a run's processes, in seconds. */
  graceSeconds: number;
  /** How long deleted objects can be brought back, in days. */
  deletedRetentionDays: number;
  /** For how long what runs leave is kept, where a project does not say it itself. */
  retention: Retention;
  logLevel: string;
  /** How the log is written; null for that which fits where it goes. */
  logFormat: 'PRETTY' | 'JSON' | null;
  /** Whether to log every SQL statement. */
  logQueries: boolean;
  /** Whether `DOCTOR` prints JSON. */
  json: boolean;
}

/**
 * Reads the configuration. A flag comes before an environment variable, and that before the default.
 *
 * @param args the arguments after the program's name
 * @throws ConfigError with everything that is wrong
 */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  processId: number,
): Config {
  const { values, command, file } = parseArguments(args);
  const problems: string[] = [];
  const { text, number, list, isGiven } = givenSettings(values, env, problems);
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
  const apiToken = tokenSource(text('api-token-file'), env, problems);
  const host = text('host');
  if (
    apiToken === null &&
    command !== 'WORKER' &&
    !isLoopback(host) &&
    values['allow-unauthenticated'] !== true
  ) {
    problems.push(
      `--host ${host} can be reached from elsewhere, and whoever reaches it can run any program: set a token (API_TOKEN or --api-token-file), or say --allow-unauthenticated.`,
    );
  }
  const [maxAnswer, answerMemory] = [number('max-answer', 100, 1), number('answer-memory', 100_000, 1)];
  // What is read for one answer may have four times its size.
  if (answerMemory < 4 * maxAnswer) {
    problems.push(
      `--answer-memory must be at least four times --max-answer, which is ${4 * maxAnswer} here.`,
    );
  }
  const ofWorker = (name: 'max-runs' | 'idle-exit', max: number): number | null => {
    const given = text(name) === '' ? null : number(name, max, 1);
    return command === 'WORKER' ? given : null;
  };
  const projects = projectsToServe(values, command, problems);
  if (command === 'WORKER') problems.push(...checkWorker(databaseUrl, number('slots', 1000), cluster));
  const directory = resolve(text('data-directory'));
  // The demo has its own data, so that the sample project does not appear among the user's projects.
  const dataDirectory = join(directory, command === 'DEMO' ? 'demo-data' : 'data');
  const config: Config = {
    command,
    file: file === null ? null : resolve(file),
    projects,
    schedules: list('schedules'),
    host,
    port: number('port', 65_535),
    allowedHosts: readHosts(list('allowed-host'), problems),
    corsOrigins: readOrigins(list('cors-origin'), problems),
    trustedDocuments: text('trusted-documents') || null,
    apiToken,
    metricsListen: readMetricsListen(text('metrics-listen'), problems),
    requestBytes: number('request-memory', 100_000, 10) * megabyte,
    answerBytes: maxAnswer * megabyte,
    answersBytes: answerMemory * megabyte,
    subscriptions: {
      all: number('subscriptions', 1_000_000),
      perClient: number('subscriptions-per-client', 1_000_000),
    },
    database:
      databaseUrl === ''
        ? { kind: 'EMBEDDED', directory: join(dataDirectory, 'store'), processId }
        : { kind: 'SERVER', url: databaseUrl },
    dataDirectory,
    demoHome: directory,
    meltano: text('meltano'),
    passEnv: names(text('pass-env')),
    allowEnv: names(text('allow-env')),
    systemDatabases: readSystemDatabases(names(text('system-databases')), env, problems),
    gitProtocols: readProtocols(names(text('git-protocols')), problems),
    webhookAddresses: readWebhookAddresses(names(text('webhook-addresses')), problems),
    slots: number('slots', 1000),
    maxRuns: ofWorker('max-runs', 1_000_000_000),
    idleExitSeconds: ofWorker('idle-exit', 24 * 3600),
    labels: readLabels(list('label'), problems),
    serviceSlots: number('service-slots', 1000),
    cluster,
    drainSeconds: isGiven('drain') || command !== 'WORKER' ? number('drain', 24 * 3600) : workerDrain,
    graceSeconds: number('grace', 3600),
    deletedRetentionDays: number('deleted-retention-days', 36_500),
    retention: readRetention(list('retention'), problems),
    logLevel,
    logFormat: readLogFormat(text('log-format'), problems),
    logQueries: values['log-queries'] === true,
    json: values.json === true,
  };
  if (problems.length > 0 && command !== 'HELP' && command !== 'VERSION')
    throw new ConfigError(problems.join('\n'));
  return config;
}

/** The values of settings: from a flag, else from the environment, else the default. */
function givenSettings(
  values: FlagValues,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
) {
  const text = (name: keyof typeof settings): string => {
    const setting: Setting = settings[name];
    const flag = values[name];
    const given = typeof flag === 'string' ? flag : setting.env === undefined ? undefined : env[setting.env];
    // An empty value means the default. As a host, for example, it would otherwise mean every address of the
    // machine.
    return given === undefined || given === '' ? (setting.default ?? '') : given;
  };
  const isGiven = (name: keyof typeof settings): boolean => {
    const { env: variable = '' }: Setting = settings[name];
    return (values[name] ?? env[variable] ?? '') !== '';
  };
  const number = (name: keyof typeof settings, max: number, min = 0): number => {
    const given = text(name);
    const value = Number(given);
    if (!/^\d+$/.test(given) || value < min || value > max) {
      problems.push(`--${name} must be a whole number from ${min} to ${max}, and is "${given}".`);
    }
    return value;
  };
  const list = (name: keyof typeof settings): string[] => {
    const { env: variable = '' }: Setting = settings[name];
    const flags = values[name];
    return Array.isArray(flags) ? flags.map(String) : names(env[variable] ?? '');
  };
  return { text, number, list, isGiven };
}

function tokenSource(
  file: string,
  { API_TOKEN: token = '' }: Readonly<Record<string, string | undefined>>,
  problems: string[],
): TokenSource | null {
  if (file !== '' && token !== '') problems.push('Give the token in API_TOKEN or in a file, not in both.');
  if (file !== '') return { file };
  return token === '' ? null : { token };
}

function projectsToServe(
  values: FlagValues,
  command: Config['command'],
  problems: string[],
): ProjectToServe[] {
  const projects = (Array.isArray(values.project) ? values.project : []).map(String).map(readProject);
  problems.push(...checkProjects(projects));
  for (const name of ['project', 'meltano'] as const) {
    if (command === 'DEMO' && values[name] !== undefined) {
      problems.push(`The demo has a project and a Meltano of its own; leave out --${name}, or "demo".`);
    }
  }
  return projects;
}

function names(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
