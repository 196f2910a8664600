import { beforeAll, describe, expect, test } from 'vitest';
import { readImports, type Import } from './kit/imports.ts';

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
 * Who may import whom, beside its own folder. A file has its own row where it may do more than its
 * folder; changing a row is a decision.
 */
const table: Record<string, Rule> = {
  'main.ts': {
    uses: [
      'app.ts',
      'cluster.ts',
      'config.ts',
      'demo/prepare.ts',
      'errors.ts',
      'package-files.ts',
      'store/data-directory.ts',
      'store/server-connection.ts',
    ],
    packages: ['pino'],
  },
  // Puts everything together.
  'app.ts': {
    uses: ['domain/', 'manifest/', 'runner/', 'server/', 'store/index.ts', 'worker/worker.ts'],
    types: ['config.ts'],
    packages: ['node:os'],
  },
  // Starts processes, and knows nothing of what they do.
  'cluster.ts': { types: ['domain/services.ts'], packages: ['node:cluster'] },
  'config.ts': { uses: ['config-values.ts'], types: ['store/database.ts'], packages: ['node:util'] },
  'config-values.ts': { uses: ['domain/names.ts', 'errors.ts'], types: ['config.ts'] },
  'errors.ts': {},
  'package-files.ts': {},
  'schema/': {
    uses: ['domain/', 'errors.ts', 'store/lock-keys.ts', 'store/pages.ts', 'store/sources.ts'],
    types: ['store/'],
    packages: ['@pothos/core', 'graphql', 'dataloader'],
  },
  // The one file of its folder that knows Prisma's types.
  'schema/builder.ts': {
    uses: ['store/generated/pothos.ts'],
    packages: ['@pothos/plugin-errors', '@pothos/plugin-prisma', '@pothos/plugin-relay', 'graphql-scalars'],
  },
  'server/': {
    uses: ['schema/'],
    types: ['domain/services.ts'],
    packages: [
      '@escape.tech/graphql-armor-max-aliases',
      '@escape.tech/graphql-armor-max-depth',
      '@escape.tech/graphql-armor-max-tokens',
      '@graphql-yoga/render-graphiql',
      'graphql',
      'graphql-jit',
      'graphql-query-complexity',
      'graphql-yoga',
      'node:http',
      'node:net',
    ],
  },
  // The store and the runner themselves reach it as arguments; what it imports of them is pure.
  'domain/': {
    uses: [
      'errors.ts',
      'manifest/',
      'store/duplicate.ts',
      'store/lock-keys.ts',
      'runner/environment.ts',
      'runner/storable.ts',
    ],
    types: ['store/', 'runner/system-database.ts', 'runner/system-databases.ts'],
    packages: ['croner', 'node:util'],
  },
  'worker/': {
    uses: ['domain/', 'errors.ts', 'manifest/', 'runner/', 'store/lock-keys.ts', 'store/run-taken.ts'],
    types: ['store/'],
    packages: ['node:os'],
  },
  'store/': {
    uses: ['package-files.ts'],
    packages: [
      '@electric-sql/pglite',
      '@prisma/adapter-pg',
      '@prisma/driver-adapter-utils',
      '@prisma/schema-engine-wasm',
      'node:events',
      'node:module',
      'node:process',
      'pg',
      'pg-protocol',
      'pg-boss',
      'pglite-prisma-adapter',
    ],
  },
  'runner/': { packages: ['execa', 'node:fs', 'node:process', 'node:stream'] },
  // The one file there that speaks to a database: Meltano's own.
  'runner/postgres-database.ts': { packages: ['pg'] },
  'manifest/': { packages: ['ajv', 'node:fs', 'yaml'] },
  'demo/': { uses: ['package-files.ts'], types: ['config.ts'], packages: ['execa', 'yaml'] },
};

let imports: Import[];
beforeAll(async () => {
  imports = await readImports();
});

const within = (file: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));

const folderOf = (file: string): string => file.split('/')[0] as string;

/** The rows that hold for a file: its own and its folder's. */
function rowsFor(file: string): Rule[] {
  const folder = file.includes('/') ? [`${folderOf(file)}/`] : [];
  return [file, ...folder].flatMap((key) => table[key] ?? []);
}

function isAllowed({ from, to, internal, typesOnly }: Import): boolean {
  const rows = rowsFor(from);
  if (!internal)
    return [platform, ...rows.map(({ packages }) => packages ?? [])].some((list) => list.includes(to));
  const own = from.includes('/') && to.startsWith(`${folderOf(from)}/`);
  return (
    own || rows.some(({ uses, types }) => within(to, uses ?? []) || (typesOnly && within(to, types ?? [])))
  );
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

test('no folders import each other in a circle', () => {
  const edges = imports
    .filter(({ from, to, internal }) => internal && from.includes('/') && to.includes('/'))
    .map(({ from, to }) => [folderOf(from), folderOf(to)] as const);
  expect(circle(edges)).toBeNull();
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
    internal('domain/job.ts', 'schema/job.ts', true),
    internal('domain/job.ts', 'store/index.ts'),
    internal('runner/process.ts', 'domain/job.ts', true),
    internal('store/run.ts', 'domain/job.ts', true),
    internal('schema/job.ts', 'store/generated/pothos.ts'),
    internal('schema/job.ts', 'runner/command.ts', true),
    internal('manifest/jobs.ts', 'store/job.ts', true),
    internal('worker/worker.ts', 'schema/index.ts', true),
    { from: 'domain/job.ts', to: 'graphql', internal: false, typesOnly: true },
    { from: 'domain/job.ts', to: 'execa', internal: false, typesOnly: false },
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
