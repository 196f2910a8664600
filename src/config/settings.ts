/** A setting: its flag, its environment variable, and its text in `--help`. */
export interface Setting {
  env?: string;
  value?: string;
  default?: string;
  /** Whether the flag may be given several times. */
  multiple?: true;
  help: string;
}

/** All settings, in the order of `--help` and of the README's table. */
export const settings = {
  project: {
    value: '[NAME=]DIR',
    multiple: true,
    help: 'Serve the Meltano project in DIR. May be given several times. Without it, only projects that are made through the API are served. A worker takes the runs of these projects alone, if the files are those that were imported; without it, of all whose directories it has.',
  },
  schedules: {
    value: 'PROJECT/ENVIRONMENT',
    env: 'SCHEDULES',
    multiple: true,
    help: 'Enable the imported schedules of an environment beside those of the default one, as updateEnvironment does. May be given several times; in the variable, separated by commas.',
  },
  meltano: { value: 'PATH', env: 'MELTANO', default: 'meltano', help: 'The meltano to run.' },
  'database-url': {
    value: 'URL',
    env: 'DATABASE_URL',
    help: 'PostgreSQL server to keep everything in. Without it, an embedded PostgreSQL in the data directory. An address with a password belongs in the variable: flags can be seen in the list of processes.',
  },
  'data-directory': {
    value: 'DIR',
    env: 'DATA_DIRECTORY',
    default: '.meltano-graphql',
    help: "Directory for the embedded database, the runs' private files, and the key (`secret.key`) of the secrets that are kept for retries. Gateways that share a database can have the same key.",
  },
  host: { value: 'HOST', env: 'HOST', default: '127.0.0.1', help: 'Address to listen on.' },
  port: { value: 'PORT', env: 'PORT', default: '4000', help: 'Port to listen on; 0 takes any free one.' },
  'allowed-host': {
    value: 'NAME[:PORT]',
    env: 'ALLOWED_HOSTS',
    multiple: true,
    help: 'A name, beside those of the loopback address, by which clients may call this server. May be given several times; in the variable, separated by commas.',
  },
  'cors-origin': {
    value: 'ORIGIN',
    env: 'CORS_ORIGINS',
    multiple: true,
    help: 'An origin whose pages may call this server from a browser, such as https://console.example. May be given several times; in the variable, separated by commas.',
  },
  'trusted-documents': {
    value: 'FILE',
    env: 'TRUSTED_DOCUMENTS',
    help: 'Execute only the documents of this file, which GraphQL Code Generator, relay-compiler or Apollo have written. Without it, any document.',
  },
  'api-token-file': {
    value: 'FILE',
    env: 'API_TOKEN_FILE',
    help: 'File with the token that each request must bring. The token itself may be in the variable API_TOKEN instead, and never in a flag.',
  },
  'metrics-listen': {
    value: '[HOST:]PORT',
    env: 'METRICS_LISTEN',
    help: 'Serve /metrics, and nothing else, also on this address, without a token; the host is 127.0.0.1 when there is none. A worker serves its metrics only so.',
  },
  'allow-unauthenticated': {
    help: 'Serve without a token also on an address that is not loopback: whoever reaches it can run any program as the user of the gateway.',
  },
  'request-memory': {
    value: 'MB',
    env: 'REQUEST_MEMORY',
    default: '64',
    help: 'Size that the bodies of all requests at a time may have together; one may have 10.',
  },
  'max-answer': { value: 'MB', env: 'MAX_ANSWER', default: '10', help: 'Size that one answer may have.' },
  'answer-memory': {
    value: 'MB',
    env: 'ANSWER_MEMORY',
    default: '64',
    help: 'Size that all answers may have together, from when they are large and being made until they are sent.',
  },
  subscriptions: {
    value: 'NUMBER',
    env: 'SUBSCRIPTIONS',
    default: '1000',
    help: 'Subscriptions that may be open at a time, in each process.',
  },
  'subscriptions-per-client': {
    value: 'NUMBER',
    env: 'SUBSCRIPTIONS_PER_CLIENT',
    default: '200',
    help: 'Subscriptions that one address may have open at a time, in each process; behind a proxy all clients have one address.',
  },
  slots: {
    value: 'NUMBER',
    env: 'SLOTS',
    default: '4',
    help: 'Runs that this process executes at a time; 0 executes none, which is left to workers.',
  },
  label: {
    value: 'NAME',
    env: 'LABELS',
    multiple: true,
    help: 'A label of this worker, such as gpu. Runs that ask for labels are executed only by workers that have them all. May be given several times; in the variable, separated by commas.',
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
  'allow-env': {
    value: 'NAMES',
    env: 'ALLOW_ENV',
    default: '',
    help: 'Variables that callers may give to runs though they can make a program run other code, such as PYTHONPATH and PIP_*: names separated by commas, * at an end for any rest.',
  },
  'system-databases': {
    value: 'NAMES',
    env: 'SYSTEM_DATABASES',
    default: '',
    help: 'Variables with the addresses of Meltano system databases on PostgreSQL that importSystemDatabase may read: names separated by commas.',
  },
  'git-protocols': {
    value: 'NAMES',
    env: 'GIT_PROTOCOLS',
    default: 'https,ssh',
    help: 'How repositories of projects may be reached: https, ssh, http and file, separated by commas. With http, nobody checks who answers, and with file, callers can have repositories of this machine read.',
  },
  'webhook-addresses': {
    value: 'LIST',
    env: 'WEBHOOK_ADDRESSES',
    default: '',
    help: 'Hosts, addresses and ranges such as 10.0.0.0/8 to which webhooks may send though they are not public, separated by commas. Without it, webhooks reach public addresses alone.',
  },
  'max-runs': {
    value: 'NUMBER',
    env: 'MAX_RUNS',
    help: 'A worker ends after it has executed so many runs. Without it, never.',
  },
  'idle-exit': {
    value: 'SECONDS',
    env: 'IDLE_EXIT',
    help: 'A worker ends when it had no run and no service for so long. Without it, never.',
  },
  drain: {
    value: 'SECONDS',
    env: 'DRAIN',
    default: '30',
    help: 'Time that runs get to end by themselves when the gateway is stopped; a worker gives them 3600 unless this is set. A second signal ends it.',
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
  retention: {
    value: 'NAME=NUMBER',
    env: 'RETENTION',
    multiple: true,
    help: 'What runs leave is kept for ever, unless this limits it; setRetention does so for one project. Days: runDays, logDays, stateVersionDays, tickDays. The newest ones: runsPerJob, logsPerJob, versionsPerState, ticksPerSchedule. Of the newest runs of a project: logMegabytes. May be given several times; in the variable, separated by commas, such as runDays=90,logDays=30.',
  },
  'log-level': {
    value: 'LEVEL',
    env: 'LOG_LEVEL',
    default: 'info',
    help: 'Least level that is logged: trace, debug, info, warn, error, fatal or silent.',
  },
  'log-format': {
    value: 'FORMAT',
    env: 'LOG_FORMAT',
    help: 'How the log is written: pretty, for people, or json, a line for each record. Without it, pretty on a terminal and json elsewhere.',
  },
  'log-queries': { help: 'Log every SQL statement, without its values, at level debug.' },
  json: { help: 'With doctor: print JSON, an object in each line.' },
  help: { help: 'Say all of this.' },
  version: { help: 'Say the version.' },
} satisfies Record<string, Setting>;

/** What `--help` prints. */
export function helpText(): string {
  const all = Object.entries<Setting>(settings);
  const flagOf = (name: string, value?: string): string =>
    `  --${name}${value === undefined ? '' : ` ${value}`}`;
  const width = Math.max(...all.map(([name, { value }]) => flagOf(name, value).length)) + 2;
  const lines = all.map(([name, { value, env, default: byDefault, help }]) => {
    const notes = [
      ...(env === undefined ? [] : [`environment: ${env}`]),
      ...(byDefault === undefined || byDefault === '' ? [] : [`default: ${byDefault}`]),
    ];
    return `${flagOf(name, value).padEnd(width)}${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
  });
  return [
    'meltano-graphql: a typed GraphQL API over Meltano projects.',
    '',
    'Usage:',
    '  meltano-graphql [serve] [--project DIR …] [flags]         serve your own projects',
    '  meltano-graphql worker [--project [NAME=]DIR …] [flags]   execute runs for gateways on the same PostgreSQL server',
    '  meltano-graphql demo [flags]                              serve a sample project, with a Meltano of its own',
    '  meltano-graphql doctor [flags]                            say whether all is well, and change nothing',
    '  meltano-graphql backup FILE [flags]                       copy all that is kept to a file, also while a gateway runs',
    '  meltano-graphql restore FILE [flags]                      bring it back into a database that is empty',
    '  meltano-graphql run | logs | cancel | state | query …     work at a gateway that runs; see meltano-graphql run --help',
    '',
    'Flags:',
    ...lines,
  ].join('\n');
}
