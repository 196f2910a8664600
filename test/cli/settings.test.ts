import { keepAll } from '../../src/domain/retention-limits.ts';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/arguments.ts';
import { readConfig } from '../../src/config/config.ts';
import { helpText, settings } from '../../src/config/settings.ts';

/** A setting as users see it: the flag with its value, then variable, default and meaning. */
const rows = Object.entries(settings).map(([name, setting]) => {
  const { value, env, default: byDefault, help } = { value: '', env: '', default: '', ...setting };
  return [`--${name}${value === '' ? '' : ` ${value}`}`, env, byDefault, help];
});

const read = (args: string[], env: Record<string, string> = {}) => readConfig(args, env, 1);

const serve = ['--project', '/pipelines'];

/** The lines that say what is wrong. */
function problems(args: string[], env: Record<string, string> = {}): string[] {
  try {
    read(args, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

test('the table of settings holds those that there are, as the program has them', async () => {
  const readme = await readFile(new URL('../../src/config/README.md', import.meta.url), 'utf8');
  const lines = readme.split('\n');
  const cells = (line: string): string[] =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'));
  const head = lines.findIndex(
    (line) => cells(line).join('|') === ['Flag', 'Environment', 'Default', 'Meaning'].join('|'),
  );
  const after = lines.slice(head + 2);
  const table = after.slice(
    0,
    after.findIndex((line) => !line.startsWith('|')),
  );
  expect(table.map(cells)).toEqual(rows);
});

test('--help says every setting with its variable, its default and its meaning', () => {
  const lines = helpText().split('\n');
  for (const [flag = '', env = '', byDefault = '', help = ''] of rows) {
    const line = lines.find((text) => text.trimStart().startsWith(`${flag} `) && text.includes(help));
    expect(line, flag).toBeDefined();
    if (env !== '') expect(line).toContain(`environment: ${env}`);
    if (byDefault !== '') expect(line).toContain(`default: ${byDefault}`);
  }
});

test('without settings it serves on the loopback address and keeps its data in the working directory', () => {
  const config = read(['--project', '/pipelines']);
  expect(config).toMatchObject({
    command: 'SERVE',
    host: '127.0.0.1',
    port: 4000,
    allowedHosts: [],
    corsOrigins: [],
    trustedDocuments: null,
    apiToken: null,
    metricsListen: null,
    requestBytes: 64_000_000,
    answerBytes: 10_000_000,
    answersBytes: 64_000_000,
    subscriptions: { all: 1000, perClient: 200 },
    slots: 4,
    serviceSlots: 10,
    cluster: 0,
    meltano: 'meltano',
    projects: [{ name: null, directory: '/pipelines' }],
    database: { kind: 'EMBEDDED', directory: resolve('.meltano-graphql/data/store') },
    drainSeconds: 30,
    graceSeconds: 10,
    deletedRetentionDays: 30,
    retention: keepAll,
    gitProtocols: ['https', 'ssh'],
    logLevel: 'info',
    logFormat: null,
    logQueries: false,
  });
});

test('a flag wins over a variable, and a variable over the default', () => {
  const project = ['--project', '/pipelines'];
  expect(read(project, { PORT: '5000' }).port).toBe(5000);
  expect(read([...project, '--port', '6000'], { PORT: '5000' }).port).toBe(6000);
  const url = 'postgresql://server/meltano';
  expect(read(project, { DATABASE_URL: url }).database).toEqual({ kind: 'SERVER', url });
});

test('every variable is read', () => {
  const env = {
    MELTANO: '/opt/meltano',
    DATABASE_URL: 'postgres://server/meltano',
    DATA_DIRECTORY: '/var/lib/gateway',
    SCHEDULES: 'shop/prod, shop/dev',
    HOST: '::1',
    PORT: '1',
    ALLOWED_HOSTS: 'gateway.example, other.example:8080',
    API_TOKEN_FILE: '/run/secrets/token',
    METRICS_LISTEN: '[::1]:9464',
    REQUEST_MEMORY: '11',
    MAX_ANSWER: '3',
    ANSWER_MEMORY: '13',
    SUBSCRIPTIONS: '14',
    SUBSCRIPTIONS_PER_CLIENT: '15',
    SLOTS: '2',
    LABELS: 'gpu,large,gpu',
    SERVICE_SLOTS: '7',
    MAX_RUNS: '8',
    IDLE_EXIT: '9',
    CLUSTER: '5',
    PASS_ENV: 'A, B_*,',
    ALLOW_ENV: 'C,D_*',
    SYSTEM_DATABASES: 'OLD_STATE,',
    GIT_PROTOCOLS: 'https,file, https',
    WEBHOOK_ADDRESSES: 'hooks.internal, 10.0.0.0/8',
    DRAIN: '3',
    GRACE: '4',
    DELETED_RETENTION_DAYS: '6',
    RETENTION: 'runDays=90, logsPerJob=5',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    CORS_ORIGINS: 'https://console.example, http://localhost:5173',
    TRUSTED_DOCUMENTS: '/etc/persisted-documents.json',
  };
  expect(Object.keys(env).sort()).toEqual(
    rows
      .map(([, name]) => name ?? '')
      .filter((name) => name !== '')
      .sort(),
  );
  const address = { OLD_STATE: 'postgresql+psycopg://me:secret@server/old' };
  expect(read(['worker'], { ...env, ...address, CLUSTER: '' })).toMatchObject({
    maxRuns: 8,
    idleExitSeconds: 9,
  });
  expect(read(['--project', '/pipelines'], { ...env, ...address })).toMatchObject({
    labels: ['gpu', 'large'],
    ...{ maxRuns: null, idleExitSeconds: null },
    meltano: '/opt/meltano',
    database: { kind: 'SERVER', url: 'postgres://server/meltano' },
    dataDirectory: '/var/lib/gateway/data',
    schedules: ['shop/prod', 'shop/dev'],
    host: '::1',
    port: 1,
    allowedHosts: [
      { name: 'gateway.example', port: null },
      { name: 'other.example', port: 8080 },
    ],
    apiToken: { file: '/run/secrets/token' },
    metricsListen: { host: '::1', port: 9464 },
    requestBytes: 11_000_000,
    answerBytes: 3_000_000,
    answersBytes: 13_000_000,
    subscriptions: { all: 14, perClient: 15 },
    slots: 2,
    serviceSlots: 7,
    cluster: 5,
    passEnv: ['A', 'B_*'],
    allowEnv: ['C', 'D_*'],
    systemDatabases: new Map([['OLD_STATE', 'postgresql://me:secret@server/old']]),
    gitProtocols: ['https', 'file'],
    webhookAddresses: { hosts: new Set(['hooks.internal']), ranges: [[expect.anything(), 8]] },
    drainSeconds: 3,
    graceSeconds: 4,
    deletedRetentionDays: 6,
    retention: { ...keepAll, runDays: 90, logsPerJob: 5 },
    logLevel: 'warn',
    logFormat: 'JSON',
    corsOrigins: ['https://console.example', 'http://localhost:5173'],
    trustedDocuments: '/etc/persisted-documents.json',
  });
});

test('an empty value stands for the default, for a host above all', () => {
  const project = ['--project', '/pipelines'];
  for (const config of [
    read(project, { HOST: '', PORT: '' }),
    read([...project, '--host=', '--port='], {}),
  ]) {
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4000 });
  }
  expect(read([...project, '--database-url='], { DATABASE_URL: 'postgres://h/d' }).database.kind).toBe(
    'EMBEDDED',
  );
});

test('an address that others can reach needs a token, or the word of the user', () => {
  const open = [...serve, '--host', '0.0.0.0'];
  expect(read([...open, '--allow-unauthenticated']).apiToken).toBeNull();
  expect(read([...open, '--api-token-file', '/token']).apiToken).toEqual({ file: '/token' });
  expect(read(open, { API_TOKEN: 'x' }).apiToken).toEqual({ token: 'x' });
  expect(problems([...open, '--api-token-file', '/token'], { API_TOKEN: 's3cret' })).toEqual([
    'Give the token in API_TOKEN or in a file, not in both.',
  ]);
});

test('names that clients may use are flags, or one variable', () => {
  const args = [...serve, '--allowed-host', 'A.example.', '--allowed-host', '[::2]:80'];
  expect(read(args, { ALLOWED_HOSTS: 'ignored' }).allowedHosts).toEqual([
    { name: 'a.example', port: null },
    { name: '::2', port: 80 },
  ]);
});

test('origins of pages are flags, or one variable, each as a browser sends it', () => {
  const origins = ['https://console.example:8443', 'http://[::1]:5173', 'tauri://localhost', 'app://a.b-c_d'];
  const args = [...serve, ...origins.flatMap((origin) => ['--cors-origin', origin])];
  expect(read(args, { CORS_ORIGINS: 'https://ignored.example' }).corsOrigins).toEqual(origins);
});

test('metrics are served beside the API on a port of the loopback address, or on another address', () => {
  const on = (address: string) => read([...serve, '--metrics-listen', address]).metricsListen;
  expect(on('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(on('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 });
});

test('projects are named by the user, or by their directories', () => {
  const args = ['--project', 'shop=/a', '--project', '/b', '--project', 'x=y=z', '--project', './c=d'];
  expect(read(args).projects).toEqual([
    { name: 'shop', directory: '/a' },
    { name: null, directory: '/b' },
    { name: 'x', directory: resolve('y=z') },
    { name: null, directory: resolve('c=d') },
  ]);
});

test('the demo keeps its data apart from that of other projects', () => {
  const directory = join(homedir(), 'gateway');
  expect(read(['demo', '--data-directory', directory]).dataDirectory).toBe(join(directory, 'demo-data'));
});

test('a gateway may serve only projects that are made through the API', () => {
  expect(read([])).toMatchObject({ command: 'SERVE', projects: [] });
});

test.each<[string[], string[]]>([
  [['serf'], ['"serf" is not understood; the commands are serve, worker, demo, doctor, backup, restore.']],
  [['--nope'], ['There is no flag --nope. See --help.']],
  [[...serve, '-x'], ['There is no flag -x. See --help.']],
  [['worker'], ['A worker needs the PostgreSQL server of its gateways, in the variable DATABASE_URL.']],
  [
    ['worker', '--database-url', 'postgresql://server/x', '--slots', '0'],
    ['A worker with --slots 0 would do nothing.'],
  ],
  [
    [...serve, '--label', 'a b'],
    [
      '--label: "a b" is no label: it has at most 63 letters, digits and the signs . _ = / -, and begins with a letter or a digit.',
    ],
  ],
  [
    ['demo', 'again'],
    ['"demo again" is not understood; the commands are serve, worker, demo, doctor, backup, restore.'],
  ],
  [['--project'], ['--project needs a value; one that begins with - is written --project=-….']],
  [[...serve, '--slots', '-1'], ['--slots needs a value; one that begins with - is written --slots=-….']],
  [
    ['--project', '--port', '1'],
    ['--project needs a value; one that begins with - is written --project=-….'],
  ],
  [
    [...serve, '--metrics-listen', 'all'],
    ['--metrics-listen must be a port, or a host and a port such as 0.0.0.0:9464, and is "all".'],
  ],
  [['--project='], ['--project needs a directory.']],
  [['--project', 'shop='], ['--project needs a directory.']],
  [[...serve, '--log-queries=yes'], ['--log-queries takes no value.']],
  [['--project', 'shop=/a', '--project', 'shop=/b'], ['Two projects cannot both be "shop".']],
  [['--project', '/a', '--project', '/b/../a/'], ['--project /a is given twice.']],
  [
    ['--project', 'a:b=/a'],
    [
      '--project: "a:b" cannot be a name: `/`, `:`, blanks and control characters are not allowed in one, nor `-` at its start.',
    ],
  ],
  ...['abc', '65536', '-1', '1.5', '1e3', ' 1', '0x1'].map((port): [string[], string[]] => [
    [...serve, `--port=${port}`],
    [`--port must be a whole number from 0 to 65535, and is "${port}".`],
  ]),
  [[...serve, '--slots', '1001'], ['--slots must be a whole number from 0 to 1000, and is "1001".']],
  [[...serve, '--cluster', '2'], ['--cluster needs a PostgreSQL server, named with --database-url.']],
  [
    [...serve, '--cluster', '101', '--database-url', 'postgres://h/d'],
    ['--cluster must be a whole number from 0 to 100, and is "101".'],
  ],
  [
    [...serve, '--webhook-addresses', '10.0.0.0/40'],
    ['--webhook-addresses takes hosts, addresses and ranges such as 10.0.0.0/8, separated by commas.'],
  ],
  [
    [...serve, '--git-protocols', 'https,ext'],
    ['--git-protocols: "ext" is none of https, ssh, http and file.'],
  ],
  [
    [...serve, '--system-databases', 'NONE'],
    ['--system-databases names NONE, which is not in the environment.'],
  ],
  [
    [...serve, '--request-memory', '9'],
    ['--request-memory must be a whole number from 10 to 100000, and is "9".'],
  ],
  [
    [...serve, '--max-answer', '20'],
    ['--answer-memory must be at least four times --max-answer, which is 80 here.'],
  ],
  ...['http://x', 'a b', 'x:y', '*.example', 'x:99999', ''].map((host): [string[], string[]] => [
    [...serve, `--allowed-host=${host}`],
    [`--allowed-host takes a name or an address, NAME[:PORT], and is "${host}".`],
  ]),
  ...['0.0.0.0', '::', '10.0.0.1', 'gateway.example'].map((host): [string[], string[]] => [
    [...serve, '--host', host],
    [
      `--host ${host} can be reached from elsewhere, and whoever reaches it can run any program: set a token (API_TOKEN or --api-token-file), or say --allow-unauthenticated.`,
    ],
  ]),
  ...[
    ...['*', 'null', 'console.example', 'https://console.example/', 'https://console.example/path'],
    ...['https://Console.example', 'https://console.example:443', 'https://*.example', ''],
  ].map((origin): [string[], string[]] => [
    [...serve, `--cors-origin=${origin}`],
    [
      `--cors-origin takes an origin as a browser sends it, such as https://console.example or http://localhost:5173, and is "${origin}".`,
    ],
  ]),
  [['--json'], ['--json belongs to "doctor".']],
  [['doctor', '--port', 'x'], ['--port must be a whole number from 0 to 65535, and is "x".']],
  [[...serve, '--log-format', 'xml'], ['--log-format must be pretty or json, and is "xml".']],
  [[...serve, '--drain', 'long'], ['--drain must be a whole number from 0 to 86400, and is "long".']],
  [
    [...serve, '--deleted-retention-days', '36501'],
    ['--deleted-retention-days must be a whole number from 0 to 36500, and is "36501".'],
  ],
  [[...serve, '--grace', '3601'], ['--grace must be a whole number from 0 to 3600, and is "3601".']],
  [
    [...serve, '--log-level', 'loud'],
    ['--log-level must be trace, debug, info, warn, error, fatal or silent, and is "loud".'],
  ],
  [
    ['demo', '--project', '/a'],
    ['The demo has a project and a Meltano of its own; leave out --project, or "demo".'],
  ],
  [
    ['demo', '--meltano', 'm'],
    ['The demo has a project and a Meltano of its own; leave out --meltano, or "demo".'],
  ],
])('%j is refused in one line', (args, lines) => {
  expect(problems(args)).toEqual(lines);
});

test('all that is wrong is said at once, a line for each thing', () => {
  expect(problems(['--port', 'x', '--drain', 'y'], { SLOTS: 'z' })).toEqual([
    '--port must be a whole number from 0 to 65535, and is "x".',
    '--slots must be a whole number from 0 to 1000, and is "z".',
    '--drain must be a whole number from 0 to 86400, and is "y".',
  ]);
});

test.each([
  'mysql://u:s3cret@h/d',
  's3cret',
  'postgresql://u:s3cret%@h/d',
  'postgresql://u:s3cret@h:port/d',
  'postgresql://u:s3cret@h:99999/d',
  'postgresql://u:s3/cret:@h/d',
])('the address of a database that cannot be read is refused without repeating it: %s', (url) => {
  for (const lines of [problems([...serve, '--database-url', url]), problems(serve, { DATABASE_URL: url })]) {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^--database-url (must begin with|cannot be read)/);
    expect(lines[0]).not.toMatch(/s3|cret/);
  }
});

test.each([
  'postgresql://h/d',
  'postgres://u:p%40ss@[::1]:5433/d?sslmode=require',
  'postgresql:///d?host=/run/postgresql',
  'postgresql://u@h',
])('the address of a database can be written like this: %s', (url) => {
  expect(problems([...serve, '--database-url', url])).toEqual([]);
});
