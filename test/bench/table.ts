import type { Line, Spread } from './summary.ts';

/** Names of the servers for people. */
export const labels = {
  gateway: 'meltano-graphql',
  postgraphile: 'PostGraphile',
  ceiling: 'plain SQL',
} as const;

/** The lines as a table of text. Processor seconds are those for 1,000 requests. */
export function tableOf(lines: readonly Line[]): string {
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
    ratio(line.ratios.ceiling),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const text = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return [text(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(text)].join('\n');
}

function ratio(spread: Spread | undefined): string {
  if (!spread) return '';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) => value.toFixed(2));
  return `${median ?? ''} (${min ?? ''}–${max ?? ''})`;
}
