import { beforeAll, describe, expect, test } from 'vitest';
import { folderSizes, readImports, type Import } from './kit/imports.ts';

interface Rule {
  /** Files, or folders ending in `/`, whose code may be used. */
  uses?: readonly string[];
  /** Those of which the types alone may be used. */
  types?: readonly string[];
  /** Packages, and parts of the platform beside `platform`. */
  packages?: readonly string[];
}

const platform = ['node:crypto', 'node:path', 'node:url', 'node:timers/promises', 'node:fs/promises'];

/**
 * Who may import whom, beside its own folder. A row is for a file, or for all that is below a folder; each row that
 * is for a file holds for it. Changing a row is a decision.
 */
const table: Record<string, Rule> = {
  'main.ts': {
    uses: ['backup/command.ts', 'client/', 'config/', 'doctor/doctor.ts', 'package-files.ts', 'serve.ts'],
  },
  'serve.ts': {
    uses: [
      'app.ts',
      'cluster.ts',
      'config/',
      'demo/prepare.ts',
      'errors.ts',
      'projects-at-start.ts',
      'store/database/embedded/data-directory.ts',
      'store/database/migrations.ts',
      'store/database/server-connection.ts',
      'tracing/tracing-error.ts',
    ],
    packages: ['pino', 'pino-pretty'],
  },
  'about-gateway.ts': {
    uses: ['package-files.ts', 'runner/', 'server/'],
    types: ['config/', 'domain/about.ts'],
  },
  // Puts everything together.
  'app.ts': {
    uses: [
      'about-gateway.ts',
      'backup/send-backup.ts',
      'domain/',
      'lib/',
      'metrics/',
      'projects-at-start.ts',
      'reading/read-limits.ts',
      'runner/',
      'server/',
      'store/index.ts',
      'tracing/tracing.ts',
      ...['worker/retention/', 'worker/schedules/', 'worker/sources/source-sync.ts'],
      ...['worker/webhooks/start-sending.ts', 'worker/worker.ts'],
    ],
    types: ['config/'],
  },
  // What a start does with the projects that it is given.
  'projects-at-start.ts': { uses: ['domain/', 'errors.ts', 'manifest/'], types: ['config/'] },
  // Knows who has work for threads.
  'thread.ts': { uses: ['domain/', 'lib/'] },
  // Starts processes, and knows nothing of what they do.
  'cluster.ts': { types: ['domain/gateway.ts'], packages: ['node:cluster'] },
  // A client like any other: it knows the API, and nothing of what is behind it.
  'client/': {
    packages: [
      '@graphql-typed-document-node/core',
      'node:readline/promises',
      'node:stream/consumers',
      'node:util',
    ],
  },
  'config/': {
    uses: [
      ...[
        'domain/naming/labels.ts',
        'domain/naming/names.ts',
        'domain/retention-limits.ts',
        'errors.ts',
        'lib/',
      ],
    ],
    types: ['store/database/database.ts'],
    packages: ['node:util'],
  },
  'error-codes.ts': {},
  'errors.ts': { types: ['error-codes.ts', 'store/index.ts'] },
  'package-files.ts': {},
  // Knows nothing of this product.
  'lib/': {
    packages: [
      '@prisma/client',
      'execa',
      'ipaddr.js',
      'node:child_process',
      'node:dns/promises',
      'node:events',
      'node:http',
      'node:https',
      'node:module',
      'node:net',
      'node:os',
      'node:process',
      'node:worker_threads',
    ],
  },
  // Loads what it needs only when it is asked for.
  'tracing/': {
    uses: ['lib/'],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-base',
      'node:async_hooks',
      'node:http',
    ],
  },
  // What it cannot count itself is handed to it.
  'metrics/': {
    uses: ['lib/'],
    packages: [
      'node:cluster',
      'node:diagnostics_channel',
      'node:events',
      'node:http',
      'node:net',
      'prom-client',
    ],
  },
  // Knows nothing of Meltano: the store hands it what may be read.
  'reading/': {
    uses: ['lib/'],
    packages: ['@pothos/core', '@pothos/plugin-prisma', 'dataloader', 'graphql'],
  },
  'schema/': {
    uses: [
      ...['domain/', 'error-codes.ts', 'errors.ts', 'lib/', 'metrics/measures.ts', 'reading/'],
      'store/database/why-unavailable.ts',
      ...['store/leases/lease-keys.ts', 'store/naming/plugin-names.ts', 'store/reading/'],
      ...['store/runs/line-filter.ts', 'store/runs/run-status.ts'],
    ],
    types: ['store/'],
    packages: ['@pothos/core', 'graphql', 'dataloader'],
  },
  // The one file of its folder that knows Prisma's types.
  'schema/builder.ts': {
    uses: ['store/generated/pothos.ts'],
    packages: ['@pothos/plugin-errors', '@pothos/plugin-prisma', '@pothos/plugin-relay', 'graphql-scalars'],
  },
  'schema/date-time.ts': { packages: ['graphql-scalars'] },
  'server/': {
    uses: [
      ...[
        'backup/path.ts',
        'domain/definitions/blocks.ts',
        'domain/logs/log-file.ts',
        'domain/naming/global-id.ts',
        'domain/projects/source/read-push.ts',
      ],
      ...['lib/', 'metrics/', 'reading/fields/page-arguments.ts', 'reading/read-limits.ts', 'schema/'],
      'store/database/why-unavailable.ts',
    ],
    types: ['domain/gateway.ts', 'errors.ts', 'store/index.ts', 'tracing/tracing.ts'],
    packages: [
      '@graphql-yoga/render-graphiql',
      'graphql',
      'graphql-jit',
      'graphql-query-complexity',
      'graphql-yoga',
      'node:events',
      'node:http',
      'node:net',
      'node:stream',
      'node:worker_threads',
      'node:zlib',
      'ws',
    ],
  },
  // The store and the runner themselves reach it as arguments; what it imports of them is pure.
  'domain/': {
    uses: [
      'errors.ts',
      'lib/',
      'manifest/',
      'store/changes/',
      'store/database/duplicate.ts',
      'store/leases/lease-keys.ts',
      'store/mirror/row-writes.ts',
      'store/naming/plugin-names.ts',
      ...['store/runs/line-filter.ts', 'store/runs/log-texts.ts', 'store/runs/run-status.ts'],
      'store/states/state-id-parts.ts',
      'store/workers/serves.ts',
      'runner/environment.ts',
      'runner/git/references.ts',
    ],
    types: ['store/', 'runner/system-database/'],
    packages: ['croner', 'node:util'],
  },
  'worker/': {
    uses: [
      'domain/',
      'errors.ts',
      'lib/',
      'manifest/',
      'metrics/measures.ts',
      'runner/',
      'store/leases/lease-keys.ts',
      'store/runs/run-taken.ts',
    ],
    types: ['store/', 'tracing/tracing.ts'],
    packages: ['node:diagnostics_channel'],
  },
  'store/': {
    uses: ['lib/', 'manifest/plugin-types.ts', 'metrics/measures.ts', 'package-files.ts', 'reading/'],
    packages: [
      '@electric-sql/pglite',
      '@prisma/adapter-pg',
      '@prisma/driver-adapter-utils',
      '@prisma/schema-engine-wasm',
      'node:events',
      'node:fs',
      'node:module',
      'node:os',
      'pg',
      'pg-protocol',
      'pg-boss',
      'node:stream',
      'node:worker_threads',
    ],
  },
  'runner/': { uses: ['lib/'], packages: ['execa', 'node:fs', 'node:stream'] },
  // The one file there that starts programs which need a connection beside their output.
  'runner/process/program.ts': {
    packages: ['node:child_process', 'node:net', 'node:process', 'node:readline'],
  },
  // The one file there that speaks to a database server: Meltano's own.
  'runner/system-database/postgres-database.ts': { packages: ['pg'] },
  'manifest/': { uses: ['lib/'], packages: ['ajv', 'croner', 'node:fs', 'node:util', 'yaml'] },
  'backup/': {
    uses: ['lib/', 'store/backup/', 'store/database/'],
    types: ['config/'],
    packages: [
      'node:events',
      'node:fs',
      'node:http',
      'node:stream',
      'node:stream/promises',
      'node:stream/web',
      'node:zlib',
    ],
  },
  // Looks at everything, and starts nothing.
  'doctor/': {
    uses: [
      ...[
        'domain/retention-limits.ts',
        'domain/schedules/schedule-problem.ts',
        'lib/',
        'manifest/',
        'package-files.ts',
        'runner/',
      ],
      ...['store/database/', 'store/workers/serves.ts'],
    ],
    types: ['config/'],
  },
  'demo/': { uses: ['lib/', 'package-files.ts'], types: ['config/'], packages: ['execa', 'yaml'] },
};

/**
 * Which other folders of `domain/` each of them may use, beside the files directly below `domain/`: what holds for
 * everything, then the resources, then what spans them.
 */
const rooms: Record<string, readonly string[]> = {
  naming: [],
  secrets: [],
  rules: ['naming'],
  changes: ['rules'],
  lifecycle: ['naming', 'rules'],
  definitions: ['secrets'],
  mirror: ['definitions', 'lifecycle', 'secrets'],
  plugins: ['definitions', 'lifecycle', 'mirror', 'naming'],
  environments: ['definitions', 'lifecycle', 'mirror', 'naming', 'plugins'],
  projects: ['definitions', 'lifecycle', 'mirror', 'naming', 'plugins', 'secrets', 'states'],
  jobs: ['definitions', 'lifecycle', 'naming'],
  schedules: ['definitions', 'naming', 'rules', 'runs'],
  services: ['definitions', 'lifecycle', 'naming'],
  workers: ['naming'],
  webhooks: ['naming', 'secrets'],
  states: ['naming'],
  logs: [],
  retention: ['naming'],
  runs: ['definitions', 'naming', 'rules'],
  bulk: ['naming', 'runs', 'schedules', 'states'],
  moves: [
    ...['environments', 'jobs', 'lifecycle', 'mirror', 'naming', 'projects', 'schedules', 'services'],
    'states',
  ],
  'system-import': ['naming', 'rules', 'states'],
};

let imports: Import[];
beforeAll(async () => {
  imports = await readImports();
});

const within = (file: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));

const folderOf = (file: string): string => file.split('/')[0] as string;

/** Below `domain/` and `store/` each folder is a room of its own; elsewhere the folders below `src/` are. */
const roomOf = (file: string): string =>
  file.split('/', /^(?:domain|store)\/[^/]+\//.test(file) ? 2 : 1).join('/');

/** The rows that hold for a file. */
const rowsFor = (file: string): Rule[] =>
  Object.entries(table).flatMap(([key, row]) => (within(file, [key]) ? [row] : []));

function isAllowed({ from, to, internal, typesOnly }: Import): boolean {
  const rows = rowsFor(from);
  if (!internal)
    return [platform, ...rows.map(({ packages }) => packages ?? [])].some((list) => list.includes(to));
  if (from.includes('/') && folderOf(from) === folderOf(to)) return mayEnter(from, to);
  return rows.some(({ uses, types }) => within(to, uses ?? []) || (typesOnly && within(to, types ?? [])));
}

/** Whether a file may use another one below the same folder of `src/`. */
function mayEnter(from: string, to: string): boolean {
  if (folderOf(from) !== 'domain' || roomOf(from) === roomOf(to)) return true;
  const [, room = ''] = roomOf(from).split('/');
  const [, entered] = roomOf(to).split('/');
  // What lies directly below `domain/` is everybody's, and uses no room itself.
  return entered === undefined || (rooms[room]?.includes(entered) ?? false);
}

const line = ({ from, to, typesOnly }: Import): string => `${from} -> ${typesOnly ? 'type ' : ''}${to}`;

test('every import is one that the table allows', () => {
  expect(imports.length).toBeGreaterThan(300);
  expect(imports.filter((one) => !isAllowed(one)).map(line)).toEqual([]);
});

test('every file below src/ has a row, and every row is needed', () => {
  const files = [...new Set(imports.map(({ from }) => from))];
  expect(files.filter((file) => rowsFor(file).length === 0)).toEqual([]);
  const unused = Object.entries(table).flatMap(([key, { uses, types, packages }]) => {
    const own = imports.filter(({ from }) => within(from, [key]));
    const used = (place: string, only: boolean): boolean =>
      own.some(({ from, to, typesOnly }) => {
        const inFolder = key.includes('/') && to.startsWith(`${folderOf(from)}/`);
        return within(to, [place]) && (!only || typesOnly) && !inFolder;
      });
    return [
      ...(uses ?? []).filter((place) => !used(place, false)),
      ...(types ?? []).filter((place) => !used(place, true)),
      ...(packages ?? []).filter((name) => !own.some(({ to }) => to === name)),
    ].map((place) => `${key} does not need ${place}`);
  });
  expect(unused).toEqual([]);
});

test('every folder of the domain has a list of those it uses, and needs each of them', () => {
  const inDomain = imports.filter(
    ({ from, to }) => folderOf(from) === 'domain' && folderOf(to) === 'domain' && roomOf(from) !== roomOf(to),
  );
  const used = inDomain.map(({ from, to }) => `${roomOf(from)} ${roomOf(to)}`);
  const listed = Object.entries(rooms).flatMap(([room, entered]) =>
    entered.map((other) => `domain/${room} domain/${other}`),
  );
  expect(listed.filter((pair) => !used.includes(pair))).toEqual([]);
  const folders = new Set(
    imports.map(({ from }) => roomOf(from)).filter((room) => room.startsWith('domain/')),
  );
  expect([...folders].sort()).toEqual(
    Object.keys(rooms)
      .map((room) => `domain/${room}`)
      .sort(),
  );
});

test.each([
  ['below src/', folderOf],
  ['of the domain and of the store', roomOf],
])('no folders %s import each other in a circle', (_which, of) => {
  const edges = imports
    .filter(({ from, to, internal }) => internal && from.includes('/') && to.includes('/'))
    .map(({ from, to }) => [of(from), of(to)] as const)
    .filter(([from, to]) => of === folderOf || (from.includes('/') && to.includes('/')));
  expect(circle(edges)).toBeNull();
});

test('no folder has grown too large to look through', async () => {
  const sizes = await folderSizes();
  expect(sizes.filter(({ files }) => files > 16)).toEqual([]);
});

test('no files need each other in a circle at run time', () => {
  const edges = imports
    .filter((one) => one.internal && !one.typesOnly)
    .map(({ from, to }) => [from, to] as const);
  expect(circle(edges)).toBeNull();
});

/** The members of a circle, if there is one: what remains when ends are taken off again and again. */
function circle(edges: readonly (readonly [string, string])[]): string[] | null {
  let left = edges.filter(([from, to]) => from !== to);
  for (let before = -1; before !== left.length;) {
    before = left.length;
    const sources = new Set(left.map(([from]) => from));
    const targets = new Set(left.map(([, to]) => to));
    left = left.filter(([from, to]) => targets.has(from) && sources.has(to));
  }
  return left.length === 0 ? null : [...new Set(left.flat())].sort();
}

describe('the checks find what they are for', () => {
  const internal = (from: string, to: string, typesOnly = false): Import => ({
    from,
    to,
    internal: true,
    typesOnly,
  });

  test.each([
    internal('domain/jobs/job.ts', 'schema/jobs/job.ts', true),
    internal('domain/jobs/job.ts', 'store/index.ts'),
    internal('runner/process/process.ts', 'domain/jobs/job.ts', true),
    internal('store/runs/runs.ts', 'domain/jobs/job.ts', true),
    internal('domain/naming/references.ts', 'domain/jobs/job.ts', true),
    internal('domain/gateway.ts', 'domain/naming/references.ts', true),
    internal('schema/jobs/job.ts', 'store/generated/pothos.ts'),
    internal('schema/jobs/job.ts', 'runner/command.ts', true),
    internal('manifest/sections/jobs.ts', 'store/jobs/jobs.ts', true),
    internal('worker/worker.ts', 'schema/index.ts', true),
    { from: 'domain/jobs/job.ts', to: 'graphql', internal: false, typesOnly: true },
    { from: 'domain/jobs/job.ts', to: 'execa', internal: false, typesOnly: false },
  ])('%o is refused', (one) => {
    expect(isAllowed(one)).toBe(false);
  });

  test('a circle of three is found, and a tree is none', () => {
    expect(
      circle([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
        ['c', 'd'],
      ]),
    ).toEqual(['a', 'b', 'c']);
    expect(
      circle([
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'c'],
      ]),
    ).toBeNull();
  });
});
