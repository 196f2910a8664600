import type { Spread } from './statistics.ts';
import type { Line } from './summary.ts';
import { textTable } from './text-table.ts';

/** Names of the servers for people. */
export const labels = {
  gateway: 'meltano-graphql',
  postgraphile: 'PostGraphile',
  plainSql: 'plain SQL',
} as const;

/** The lines as a table of text. Processor seconds are those for 1,000 requests. */
export function readsTable(lines: readonly Line[]): string {
  const head = [
    ...['', 'server', 'req/s', 'p50 ms', 'p99 ms', 'CPU s', 'CPU s of PG', 'peak MB'],
    ...['× PostGraphile', '× plain SQL'],
  ];
  const rows = lines.map((line, i) => [
    line.operation === lines[i - 1]?.operation ? '' : `(${line.operation}) ${line.title}`,
    labels[line.server],
    line.requestsPerSecond.median.toFixed(line.requestsPerSecond.median < 100 ? 1 : 0),
    line.p50.toFixed(1),
    line.p99.toFixed(1),
    line.serverCpu.toFixed(2),
    line.databaseCpu?.toFixed(2) ?? '–',
    line.memory.toFixed(0),
    ratio(line.ratios.postgraphile),
    ratio(line.ratios.plainSql),
  ]);
  return textTable([head, ...rows]);
}

function ratio(spread: Spread | undefined): string {
  if (!spread) return '';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) => value.toFixed(2));
  return `${median ?? ''} (${min ?? ''}–${max ?? ''})`;
}
