import type { Choice, OrderColumn, Source } from './pages.ts';
import { sql, type Sql } from './sql.ts';

const id: OrderColumn = { name: 'id', type: 'uuid' };
const exists = sql`t."deleteTime" IS NULL`;

/** The orders that connections offer; each ends in a column that makes it total. */
export const orders = {
  created: [id],
  name: [{ name: 'name', type: 'text' }, id],
  stateId: [{ name: 'stateId', type: 'text' }, id],
  updated: [{ name: 'updatedAt', type: 'timestamptz' }, id],
  position: [{ name: 'position', type: 'int' }],
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

/** Every connection of the graph, by its parent and its field. */
export const sources = {
  projects: { table: 'Project', parent: null },
  projectEnvironments: { table: 'Environment', parent: ofProject, where: exists },
  projectPlugins: { table: 'Plugin', parent: ofProject, where: exists },
  projectRuns: { table: 'Run', parent: ofProject },
  environmentJobs: { table: 'Job', parent: ofEnvironment, where: exists },
  environmentSchedules: { table: 'Schedule', parent: ofEnvironment, where: exists },
  environmentStates: { table: 'State', parent: ofEnvironment },
  environmentRuns: { table: 'Run', parent: ofEnvironment },
  jobRuns: { table: 'Run', parent: ofJob },
  jobSchedules: { table: 'Schedule', parent: ofJob, where: exists },
  jobStates: {
    table: 'State',
    join: sql`JOIN "Job" AS job ON job.id = p.id`,
    parent: sql`t."environmentId" = job."environmentId"`,
    choice: { column: 'pair', values: sql`job.pairs` },
  },
  runBlocks: { table: 'RunBlock', parent: ofRun },
  runLogs: { table: 'RunLog', parent: ofRun },
  runMetrics: { table: 'RunMetric', parent: ofRun },
  runStates: {
    table: 'State',
    parent: sql`t.id IN (SELECT v."stateRowId" FROM "StateVersion" AS v WHERE v."runId" = p.id)`,
  },
  stateVersions: { table: 'StateVersion', parent: sql`t."stateRowId" = p.id` },
} as const satisfies Record<string, Source>;

// Identifiers of version 7 begin with the milliseconds of their making (RFC 9562 §5.7), so a bound on
// the time of creation is a bound on the id, which every index of runs ends in.
function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
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

/** Conditions of filters, in the terms of `readPages`. */
export const filters = {
  createdSince: (time: Date): Sql => sql`t.id >= ${firstIdAt(time)}::uuid`,
  createdBefore: (time: Date): Sql => sql`t.id < ${firstIdAt(time)}::uuid`,
  equals: (column: 'name' | 'stateId' | 'id', value: string): Sql =>
    column === 'id'
      ? sql`t.id = ${value}::uuid`
      : column === 'name'
        ? sql`t.name = ${value}`
        : sql`t."stateId" = ${value}`,
  plugin: (name: string): Sql => sql`t.plugin = ${name}`,
  pair: (pair: string): Sql => sql`t.pair = ${pair}`,
  pluginTypes: (types: readonly string[]): Sql => sql`t.type = ANY (${types}::text[]::"PluginType"[])`,
  runStatuses: (statuses: readonly string[]): Choice => ({
    column: 'status',
    values: sql`${statuses}::text[]::"RunStatus"[]`,
  }),
  logLevels: (levels: readonly string[]): Choice => ({
    column: 'level',
    values: sql`${levels}::text[]::"LogLevel"[]`,
  }),
};
