// npm run readme: writes the tables of README.md, src/config/README.md and test/bench/README.md that tell what is kept
// elsewhere: the settings of the program, and the figures of the last benchmarks. With --check it fails when a committed file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { settings } from '../src/config/settings.ts';
import { msOf, type DelayReport } from '../test/bench/report/delay-report.ts';

const root = new URL('../', import.meta.url);

const figures = figuresTable(await readReport<Report>('server'), await readReport<Report>('embedded'));
await writeTables('README.md', { figures });
await writeTables('src/config/README.md', { settings: settingsTable() });
await writeTables('test/bench/README.md', { delays: delaysTable(await readReport<DelayReport>('delay')) });

/** Writes tables into a file, by their names. */
async function writeTables(name: string, tables: Record<string, string[][]>): Promise<void> {
  const file = new URL(name, root);
  const present = await readFile(file, 'utf8');
  const written = Object.entries(tables).reduce(
    (text, [table, rows]) => withTable(text, table, rows),
    present,
  );
  if (!process.argv.includes('--check')) {
    await writeFile(file, written);
  } else if (written !== present) {
    console.error(`${name} is stale: run \`npm run readme\` and commit it.`);
    process.exitCode = 1;
  }
}

/** Puts a table below the comment that has its name, in place of the one that is there. */
function withTable(readme: string, name: string, rows: readonly (readonly string[])[]): string {
  // Without the second comment prettier would make each column as wide as its widest cell.
  const place = new RegExp(`(?<=<!-- ${name}: .*-->\\n<!-- prettier-ignore -->\\n)(?:\\|.*\\n)*`);
  if (!place.test(readme)) throw new Error(`There is no place for the ${name}.`);
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell) => ` ${cell.replaceAll('|', '\\|')} `.replace('  ', ' ')).join('|')}|\n`;
  const [head = [], ...others] = rows;
  return readme.replace(place, () => [head, head.map(() => '---'), ...others].map(line).join(''));
}

function settingsTable(): string[][] {
  const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
  const rows = Object.entries(settings).map(([name, setting]) => {
    const { value, env, default: byDefault, help } = { value: '', env: '', default: '', ...setting };
    return [code(`--${name} ${value}`.trim()), code(env), code(byDefault), help];
  });
  return [['Flag', 'Environment', 'Default', 'Meaning'], ...rows];
}

interface Spread {
  median: number;
  min: number;
  max: number;
}

/** A report of the benchmark, as far as it is shown. */
interface Report {
  date: string;
  summary: {
    operation: string;
    title: string;
    server: string;
    requestsPerSecond: Spread;
    p99: number;
    ratios: Record<string, Spread>;
  }[];
}

async function readReport<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`test/bench/report/${name}.json`, root), 'utf8')) as T;
}

function figuresTable(server: Report, embedded: Report): string[][] {
  const rows = linesOf(server, 'gateway').map(({ operation, title, requestsPerSecond, p99, ratios }) => {
    const [its] = linesOf(server, 'postgraphile', operation);
    const [onPglite] = linesOf(embedded, 'gateway', operation);
    return [
      `(${operation}) ${title}`,
      whole(requestsPerSecond),
      ratio(ratios.postgraphile),
      ratio(ratios.plainSql),
      `${p99.toFixed(1)} / ${its?.p99.toFixed(1) ?? '–'}`,
      onPglite
        ? `${whole(onPglite.requestsPerSecond)} (${onPglite.ratios.plainSql?.median.toFixed(2) ?? '–'})`
        : '–',
    ];
  });
  const date = server.date.slice(0, 10);
  const heads = ['requests/s', '× PostGraphile 5', '× plain SQL', 'p99, ms / its', 'embedded (× plain SQL)'];
  return [[date, ...heads], ...rows];
}

function delaysTable({ date, lines }: DelayReport): string[][] {
  const rows = lines.map(({ title, size, embedded, server, cause }) => [
    title,
    size,
    msOf(embedded),
    msOf(server),
    cause,
  ]);
  const heads = ['sent', 'ms (CPU), embedded', 'ms (CPU), server', 'what took most of it'];
  return [[date.slice(0, 10), ...heads], ...rows];
}

function linesOf({ summary }: Report, server: string, operation?: string): Report['summary'] {
  return summary.filter(
    (line) => line.server === server && (operation === undefined || line.operation === operation),
  );
}

function whole({ median }: Spread): string {
  return Math.round(median).toLocaleString('en');
}

function ratio(spread: Spread | undefined): string {
  if (!spread) return '–';
  return `${spread.median.toFixed(2)} (${spread.min.toFixed(2)}–${spread.max.toFixed(2)})`;
}
