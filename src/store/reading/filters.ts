import type { Choice } from '../../reading/sources.ts';
import { raw, sql, type Sql } from '../../lib/sql.ts';

// A UUIDv7 begins with its creation time in milliseconds (RFC 9562 §5.7). So a bound on the creation time is
// a bound on the id, and every index of runs ends with the id.
/** The least id of what was made at a time or later. */
export function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The creation time of a row, read from its UUIDv7. */
export function createdAt(uuid: string): Date {
  return new Date(Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16));
}

// A text in PostgreSQL contains no NUL, so a value with a NUL equals none.
function equalText(column: Sql, value: string): Sql {
  return value.includes('\0') ? sql`false` : sql`${column} = ${value}`;
}

// Also says that the column is not null: so the index of such rows serves.
function time(column: 'startedAt' | 'endedAt', operator: '>=' | '<', value: Date): Sql {
  return sql`t.${raw(`"${column}"`)} ${raw(operator)} ${value}::timestamptz`;
}

/** Conditions of filters, as `readPages` takes them. */
export const filters = {
  everything: sql`true`,
  nothing: sql`false`,
  createdSince: (time: Date): Sql => sql`t.id >= ${firstIdAt(time)}::uuid`,
  createdBefore: (time: Date): Sql => sql`t.id < ${firstIdAt(time)}::uuid`,
  startedSince: (value: Date): Sql => time('startedAt', '>=', value),
  startedBefore: (value: Date): Sql => time('startedAt', '<', value),
  endedSince: (value: Date): Sql => time('endedAt', '>=', value),
  endedBefore: (value: Date): Sql => time('endedAt', '<', value),
  durationAtLeast: (seconds: number): Sql =>
    sql`t."durationMs" >= ${Math.min(Math.round(seconds * 1000), 2 ** 31 - 1)}::int`,
  attemptAtLeast: (attempt: number): Sql => sql`t.attempt >= ${attempt}::int`,
  isNotNull: (column: 'startedAt' | 'endedAt' | 'durationMs'): Sql =>
    sql`t.${raw(`"${column}"`)} IS NOT NULL`,
  isEnabled: (isEnabled: boolean): Sql => (isEnabled ? sql`t."isEnabled"` : sql`NOT t."isEnabled"`),
  equals: (column: 'name' | 'stateId' | 'path' | 'id', value: string): Sql =>
    column === 'id' ? sql`t.id = ${value}::uuid` : equalText(sql`t.${raw(`"${column}"`)}`, value),
  inEnvironment: (id: string): Sql => sql`t."environmentId" = ${id}::uuid`,
  isSelected: (isSelected: boolean): Sql => (isSelected ? sql`t."isSelected"` : sql`NOT t."isSelected"`),
  pluginNamed: (type: string, name: string): Sql =>
    sql`t.type = ${type}::text::"PluginType" AND ${equalText(sql`t.name`, name)}`,
  pair: (pair: string): Sql => equalText(sql`t.pair`, pair),
  /** In the pattern, `*` stands for any characters, `?` for one character. */
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
  /** The status is one of these values of a PostgreSQL enum. */
  statuses: (
    type: 'RunStatus' | 'BulkOperationStatus' | 'BulkItemStatus' | 'WebhookDeliveryStatus',
    statuses: readonly string[],
  ): Choice => ({
    column: 'status',
    values: sql`${[...new Set(statuses)]}::text[]::${raw(`"${type}"`)}[]`,
  }),
};
