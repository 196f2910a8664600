import { Prisma, type LogLevel } from './generated/client.ts';
import type { Choice, Source } from './pages.ts';
import type { OrderColumn } from './scan.ts';
import { configDigest } from './config-digest.ts';
import { raw, sql, type Sql } from './sql.ts';

const id: OrderColumn = { name: 'id', type: 'uuid' };
const exists = sql`t."deleteTime" IS NULL`;
// What was purged, and is kept for imports alone.
const notPurged = sql`t."deleteTime" IS DISTINCT FROM 'epoch'`;
const hidesDeleted = { where: exists, withDeleted: notPurged };

/** The orders that connections offer; each ends in a column that makes it total. */
export const orders = {
  created: [id],
  name: [{ name: 'name', type: 'text' }, id],
  stateId: [{ name: 'stateId', type: 'text' }, id],
  updated: [{ name: 'updatedAt', type: 'timestamptz' }, id],
  position: [{ name: 'position', type: 'int' }],
  stream: [{ name: 'name', type: 'text' }],
  sequence: [{ name: 'sequence', type: 'int' }],
  version: [{ name: 'version', type: 'int' }],
  metric: [
    { name: 'plugin', type: 'text' },
    { name: 'stream', type: 'text' },
    { name: 'name', type: 'text' },
  ],
} satisfies Record<string, OrderColumn[]>;

const ofProject = sql`t."projectId" = p.id`;
const ofEnvironment = sql`t."environmentId" = p.id`;
const ofJob = sql`t."jobId" = p.id`;
const ofRun = sql`t."runId" = p.id`;

// PostgreSQL guesses that a parent has an equal share of all runs. With few parents it then reads along
// the primary key, which is in order too, and leaves out the runs of others, however many those are.
// The bounds say nothing new, yet they count as choosy (1 in 200), which makes it take the index that
// begins with the parent.
const runsOf = (column: string): Sql =>
  sql`t.${raw(column)} = p.id AND t.${raw(column)} BETWEEN p.id AND p.id`;

// Plugins with commands whose names begin with `test`. Meltano gathers tests by the names of plugins, so of those
// with one name only the last in the order of types has any, file bundles aside (meltano/core/validation_service.py).
const tested = sql`t."deleteTime" IS NULL AND t.type <> 'FILE'
  AND jsonb_path_exists(t.commands, '$[*].name ? (@ starts with "test")') AND NOT EXISTS (
    SELECT FROM "Plugin" AS other WHERE other."projectId" = t."projectId" AND other.name = t.name
      AND other.type > t.type AND other.type <> 'FILE' AND other."deleteTime" IS NULL
  )`;

/** Every connection of the graph, by its parent and its field. */
export const sources = {
  projects: { table: 'Project', parent: null, ...hidesDeleted },
  projectEnvironments: { table: 'Environment', parent: ofProject, ...hidesDeleted },
  projectPlugins: { table: 'Plugin', parent: ofProject, ...hidesDeleted },
  projectRuns: { table: 'Run', parent: runsOf('"projectId"') },
  projectTests: { table: 'Plugin', parent: ofProject, where: tested },
  jobTests: {
    table: 'Plugin',
    join: sql`JOIN "Job" AS job ON job.id = p.id JOIN "Environment" AS e ON e.id = job."environmentId"`,
    parent: sql`t."projectId" = e."projectId" AND EXISTS (
      SELECT FROM jsonb_array_elements(job.tasks) AS task, jsonb_array_elements_text(task) AS block
      WHERE split_part(block, ':', 1) = t.name OR block = ANY (t.mappings)
    )`,
    where: tested,
  },
  pluginCatalogs: {
    table: 'Catalog',
    parent: sql`t."pluginId" = p.id`,
    where: sql`EXISTS (SELECT FROM "Environment" AS e WHERE e.id = t."environmentId" AND e."deleteTime" IS NULL)`,
  },
  /** A catalog, if what it rests on is as it was when it was discovered. */
  freshCatalog: {
    table: 'Catalog',
    parent: sql`t.id = p.id AND t."configDigest" = ${configDigest('t."pluginId"', 't."environmentId"')}`,
  },
  catalogStreams: { table: 'Stream', parent: sql`t."catalogId" = p.id` },
  environmentJobs: { table: 'Job', parent: ofEnvironment, ...hidesDeleted },
  environmentSchedules: { table: 'Schedule', parent: ofEnvironment, ...hidesDeleted },
  environmentServices: { table: 'Service', parent: ofEnvironment, ...hidesDeleted },
  environmentStates: { table: 'State', parent: ofEnvironment, where: exists },
  environmentRuns: { table: 'Run', parent: runsOf('"environmentId"') },
  jobRuns: { table: 'Run', parent: runsOf('"jobId"') },
  jobSchedules: { table: 'Schedule', parent: ofJob, ...hidesDeleted },
  jobStates: {
    table: 'State',
    join: sql`JOIN "Job" AS job ON job.id = p.id`,
    parent: sql`t."environmentId" = job."environmentId"`,
    where: exists,
    choice: { column: 'pair', values: sql`job.pairs` },
  },
  serviceRuns: { table: 'Run', parent: runsOf('"serviceId"') },
  runRetries: { table: 'Run', parent: sql`t."retryOfId" = p.id` },
  runBlocks: { table: 'RunBlock', parent: ofRun },
  runLogs: { table: 'RunLog', parent: ofRun },
  runMetrics: { table: 'RunMetric', parent: ofRun },
  runStates: {
    table: 'State',
    parent: sql`t.id IN (SELECT v."stateRowId" FROM "StateVersion" AS v WHERE v."runId" = p.id)`,
    where: exists,
  },
  bulkOperations: { table: 'BulkOperation', parent: null },
  bulkItems: { table: 'BulkItem', parent: sql`t."operationId" = p.id` },
  stateVersions: { table: 'StateVersion', parent: sql`t."stateRowId" = p.id` },
} as const satisfies Record<string, Source>;

const keptForImports = new Set<string>(['Environment', 'Plugin', 'Job', 'Schedule']);

/** A row by its id, of each table. */
export const byId = Object.fromEntries(
  Object.values(Prisma.ModelName).map((table) => [
    table,
    { table, parent: sql`t.id = p.id`, ...(keptForImports.has(table) ? { where: notPurged } : {}) },
  ]),
) as Record<Prisma.ModelName, Source>;

// Identifiers of version 7 begin with the milliseconds of their making (RFC 9562 §5.7), so a bound on
// the time of creation is a bound on the id, which every index of runs ends in.
function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** When a row was made, read from its UUIDv7. */
export function createdAt(uuid: string): Date {
  return new Date(Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16));
}

/** What a filter asks of the rows. */
export interface Conditions {
  where?: Sql[];
  choice?: Choice;
}

// PostgreSQL's texts hold no NUL, so none equals a value that does.
function equalText(column: Sql, value: string): Sql {
  return value.includes('\0') ? sql`false` : sql`${column} = ${value}`;
}

/** Conditions of filters, in the terms of `readPages`. */
export const filters = {
  nothing: sql`false`,
  createdSince: (time: Date): Sql => sql`t.id >= ${firstIdAt(time)}::uuid`,
  createdBefore: (time: Date): Sql => sql`t.id < ${firstIdAt(time)}::uuid`,
  equals: (column: 'name' | 'stateId' | 'id', value: string): Sql =>
    column === 'id'
      ? sql`t.id = ${value}::uuid`
      : equalText(column === 'name' ? sql`t.name` : sql`t."stateId"`, value),
  inEnvironment: (name: string): Sql =>
    sql`EXISTS (SELECT FROM "Environment" AS e WHERE e.id = t."environmentId" AND ${equalText(sql`e.name`, name)})`,
  isSelected: (isSelected: boolean): Sql => (isSelected ? sql`t."isSelected"` : sql`NOT t."isSelected"`),
  plugin: (name: string): Sql => equalText(sql`t.plugin`, name),
  pair: (pair: string): Sql => equalText(sql`t.pair`, pair),
  /** In the pattern `*` stands for any characters, and `?` for one. */
  like: (column: 'name' | 'stateId', pattern: string): Sql => {
    const like = pattern
      .replaceAll(/[\\%_]/g, '\\$&')
      .replaceAll('*', '%')
      .replaceAll('?', '_');
    return pattern.includes('\0') ? sql`false` : sql`t.${raw(`"${column}"`)} LIKE ${like}`;
  },
  pluginTypes: (types: readonly string[]): Sql => sql`t.type = ANY (${types}::text[]::"PluginType"[])`,
  serviceStatuses: (statuses: readonly string[]): Sql =>
    sql`t.status = ANY (${statuses}::text[]::"ServiceStatus"[])`,
  /** One of the values of an enum of PostgreSQL. */
  statuses: (
    type: 'RunStatus' | 'BulkOperationStatus' | 'BulkItemStatus',
    statuses: readonly string[],
  ): Choice => ({
    column: 'status',
    values: sql`${[...new Set(statuses)]}::text[]::${raw(`"${type}"`)}[]`,
  }),
  /** Lines of a severity or a higher one. From WARNING on an index of their own serves them. */
  minLevel: (level: LogLevel): Conditions => {
    if (level === 'DEBUG') return {};
    if (level === 'INFO') return { where: [sql`t.level <> 'DEBUG'`] };
    const levels = severe.slice(severe.indexOf(level));
    return {
      where: [sql`t.level = ANY (ARRAY['WARNING'::"LogLevel", 'ERROR'::"LogLevel", 'CRITICAL'::"LogLevel"])`],
      choice: { column: 'level', values: sql`${levels}::text[]::"LogLevel"[]` },
    };
  },
};

const severe: readonly LogLevel[] = ['WARNING', 'ERROR', 'CRITICAL'];
