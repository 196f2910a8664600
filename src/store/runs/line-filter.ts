import type { LogLevel, Stdio } from '../generated/client.ts';
import type { Conditions, Search } from '../../reading/sources.ts';
import { sql, type Sql } from '../../lib/sql.ts';

/** Which lines of a run. A line must meet all conditions that are given. */
export interface LineFilter {
  minLevel?: LogLevel | null | undefined;
  levels?: readonly LogLevel[] | null | undefined;
  pluginName?: string | null | undefined;
  stdio?: Stdio | null | undefined;
  /** Position of the block that ran. */
  block?: number | null | undefined;
  /** What the message contains. */
  text?: string | null | undefined;
  ignoreCase?: boolean | null | undefined;
}

/**
 * How many lines a page looks at. An index for texts would make each line seven times as dear to store (trigrams,
 * measured), and one for plugins a third.
 */
export const searchedLines = 20_000;

const allLevels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** Those with an index. */
const severe: readonly LogLevel[] = ['WARNING', 'ERROR', 'CRITICAL'];

/** The conditions of a filter, where `p.id` is the run and `t` the line. */
export function lineConditions(filter: LineFilter): Conditions {
  const { pluginName, stdio, block, text } = filter;
  const levels = levelsOf(filter);
  const isSevere = levels.every((level) => severe.includes(level));
  const where: Sql[] = [];
  if (isSevere) {
    where.push(
      sql`t.level = ANY (ARRAY['WARNING'::"LogLevel", 'ERROR'::"LogLevel", 'CRITICAL'::"LogLevel"])`,
    );
  } else if (levels.length < allLevels.length) {
    where.push(sql`t.level = ANY (${levels}::text[]::"LogLevel"[])`);
  }
  if (pluginName != null) where.push(equals(sql`t.plugin`, pluginName));
  if (stdio != null) where.push(sql`t.stdio = ${stdio}::text::"Stdio"`);
  if (text != null && text !== '') where.push(contains(text, filter.ignoreCase === true));
  const needsSearch = where.length > (isSevere ? 1 : 0);
  if (block != null && !needsSearch) where.push(sql`t.sequence BETWEEN ${first(block)} AND ${last(block)}`);
  return {
    where,
    ...(isSevere ? { choice: { column: 'level', values: sql`${levels}::text[]::"LogLevel"[]` } } : {}),
    ...(needsSearch ? { search: searchOf(block) } : {}),
  };
}

function levelsOf({ minLevel, levels }: LineFilter): LogLevel[] {
  const least = minLevel == null ? 0 : allLevels.indexOf(minLevel);
  return allLevels.filter((level, i) => i >= least && (levels?.includes(level) ?? true));
}

/** Where the lines begin and end among which to look. */
export function searchOf(block: number | null | undefined): Search {
  return block == null
    ? { most: searchedLines, from: sql`1`, to: lineCount }
    : { most: searchedLines, from: first(block), to: last(block) };
}

const lineCount = sql`(SELECT r."logCount" FROM "Run" AS r WHERE r.id = p.id)`;

// A block that has not begun has no line, and one that has not ended all that come.
const first = (block: number): Sql =>
  sql`coalesce((SELECT b."firstLine" FROM "RunBlock" AS b WHERE b."runId" = p.id AND b.position = ${block}::int), 2147400000)`;
const last = (block: number): Sql =>
  sql`coalesce((SELECT b."lastLine" FROM "RunBlock" AS b WHERE b."runId" = p.id AND b.position = ${block}::int), ${lineCount})`;

function contains(text: string, ignoreCase: boolean): Sql {
  if (text.includes('\0')) return sql`false`;
  return ignoreCase
    ? sql`strpos(lower(t.message), lower(${text}::text)) > 0`
    : sql`strpos(t.message, ${text}::text) > 0`;
}

// A text in PostgreSQL contains no NUL, so a value with a NUL equals none.
function equals(column: Sql, value: string): Sql {
  return value.includes('\0') ? sql`false` : sql`${column} = ${value}`;
}
