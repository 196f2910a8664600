import type { ServerName } from '../operations/requests.ts';
import type { Line } from './summary.ts';
import { labels } from './reads-table.ts';

const width = 800;
const left = 240;
const barHeight = 14;
const gap = 16;
const top = 64;
// Strong enough on white and on black.
const colours = { gateway: '#3b82f6', postgraphile: '#8b949e', plainSql: '#d08b1d' } as const;
const ink = '#7d8590';

/**
 * Draws bars for each operation: requests per second as multiples of one server's.
 *
 * @param base the server whose bars have the length 1
 */
export function chartOf(lines: readonly Line[], base: ServerName): string {
  const multiple = (line: Line): number => (line.server === base ? 1 : (line.ratios[base]?.median ?? 0));
  const longest = Math.max(1, ...lines.map(multiple));
  const scale = (width - left - 120) / longest;
  const operations = [...new Set(lines.map((line) => line.operation))];
  const servers = [...new Set(lines.map((line) => line.server))];
  const groupHeight = servers.length * barHeight + gap;
  const height = top + operations.length * groupHeight + 8;
  const groups = operations.flatMap((operation, i) => {
    const own = lines.filter((line) => line.operation === operation);
    const y = top + i * groupHeight;
    const middle = y + (servers.length * barHeight) / 2 + 4;
    return [
      text(left - 12, middle, `(${operation}) ${own[0]?.title ?? ''}`, 'end'),
      ...own.flatMap((line, j) => {
        const length = multiple(line) * scale;
        const at = y + j * barHeight;
        // Beside the line that marks 1, not across it.
        const beside = Math.max(length, scale);
        const said = `${multiple(line).toFixed(2)} ×, ${Math.round(line.requestsPerSecond.median)}/s`;
        return [
          `<rect x="${left}" y="${at + 1}" width="${length.toFixed(1)}" height="${barHeight - 2}" rx="2" fill="${colours[line.server]}"/>`,
          text(left + beside + 6, at + 11, said, 'start', 11),
        ];
      }),
    ];
  });
  const legend = servers.flatMap((server, i) => [
    `<rect x="${left + i * 150}" y="38" width="12" height="12" rx="2" fill="${colours[server]}"/>`,
    text(left + i * 150 + 18, 48, labels[server], 'start'),
  ]);
  const one = left + scale;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    text(left, 22, `Requests per second, ${labels[base]} = 1`, 'start', 15),
    ...legend,
    `<line x1="${one.toFixed(1)}" x2="${one.toFixed(1)}" y1="${top - 4}" y2="${height - 12}" stroke="${ink}" stroke-dasharray="3 3"/>`,
    ...groups,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end', size = 13): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${ink}">${escaped}</text>`;
}
