import type { Send } from '../../lib/sql.ts';
import { kindsOfProjects, projectStorageStatements, type ProjectShare } from './project-storage.ts';

/** What the database keeps, and in which tables: the first one has a row for each. */
const tablesOf = {
  RUNS: ['Run', 'RunBlock', 'RunMetric', 'RunLease'],
  LOGS: ['RunLog', 'LogRemoval'],
  STATES: ['State'],
  STATE_VERSIONS: ['StateVersion'],
  TICKS: ['ScheduleTick', 'UpstreamSuccess'],
  CATALOGS: ['Stream', 'Catalog'],
  FILES: ['ProjectFile', 'ProjectManifest'],
  CHANGES: ['ObjectChange'],
  BULK_OPERATIONS: ['BulkItem', 'BulkOperation'],
} as const satisfies Record<string, readonly string[]>;

export type StoredKind = keyof typeof tablesOf | 'OTHER';

/** How much there is of a kind. */
export interface StoredPart {
  kind: StoredKind;
  rows: number;
  bytes: number;
}

/** How much the database keeps, of all or of one project, as PostgreSQL knows it without reading the tables. */
export interface Storage {
  bytes: number;
  parts: StoredPart[];
}

/** Statements that say how much there is. */
export function storageStatements(send: Send) {
  /** One statement, which costs the same however many rows there are. */
  const read = async (): Promise<Storage> => {
    const rows = (await send(sizes, [])) as unknown as {
      name: string;
      rows: number;
      bytes: number;
      all: number;
    }[];
    const sizeOf = new Map(rows.map((row) => [row.name, row]));
    const parts = Object.entries(tablesOf).map(([kind, names]): StoredPart => {
      const bytes = names.reduce((sum, name) => sum + (sizeOf.get(name)?.bytes ?? 0), 0);
      return { kind: kind as StoredKind, rows: sizeOf.get(names[0])?.rows ?? 0, bytes };
    });
    const named = new Set<string>(Object.values(tablesOf).flat());
    const others = rows.filter(({ name }) => !named.has(name));
    const bytes = rows[0]?.all ?? 0;
    const known = parts.reduce((sum, part) => sum + part.bytes, 0);
    parts.push({
      kind: 'OTHER',
      rows: others.reduce((sum, other) => sum + other.rows, 0),
      bytes: Math.max(0, bytes - known),
    });
    return { bytes, parts };
  };
  const { sharesOf } = projectStorageStatements(send);
  return {
    read,

    /** How much belongs to projects, in their order. Two statements. */
    ofProjects: async (projectIds: readonly string[]): Promise<Storage[]> => {
      const [whole, shares] = await Promise.all([read(), sharesOf(projectIds)]);
      return projectIds.map((id) =>
        storageOf(
          whole,
          shares.filter(({ projectId }) => projectId === id),
        ),
      );
    },
  };
}

function storageOf(whole: Storage, shares: readonly ProjectShare[]): Storage {
  const parts = whole.parts.flatMap(({ kind, bytes }): StoredPart[] => {
    if (!kindsOfProjects.includes(kind)) return [];
    const own = shares.find((share) => share.kind === kind);
    return [{ kind, rows: Math.round(own?.rows ?? 0), bytes: Math.round(bytes * (own?.share ?? 0)) }];
  });
  return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), parts };
}

// The statistics count rows as they come and go, and forget them when the server dies; what the last vacuum has counted
// stays.
const sizes = `SELECT c.relname AS name, pg_total_relation_size(c.oid)::float8 AS bytes,
    greatest(s.n_live_tup, CASE WHEN coalesce(s.n_live_tup, 0) = 0 THEN c.reltuples END, 0)::float8 AS rows,
    pg_database_size(current_database())::float8 AS "all"
  FROM pg_class AS c LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
  WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '"Run"'::regclass) AND c.relkind = 'r'`;
