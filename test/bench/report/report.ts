import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { LoadOptions } from '../load/load-flags.ts';
import type { Turn } from '../load/rounds.ts';
import type { ServerName } from '../operations/requests.ts';
import { chartOf } from './chart.ts';
import type { Line } from './summary.ts';

/** What a report says of how it came about, and where it goes. */
export interface ReportOptions extends LoadOptions {
  runs: number;
  /** Path of its files, without their endings. */
  out: string;
}

interface Measured {
  options: ReportOptions;
  /** Versions of what took part, by name. */
  versions: Record<string, string>;
  turns: readonly Turn[];
  lines: readonly Line[];
  /** The server that the chart has as 1. */
  base: ServerName;
}

/** Writes the report and the chart. @returns the names of the files */
export async function writeReport({ options, versions, turns, lines, base }: Measured): Promise<string[]> {
  const packageFile = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(packageFile) as { version: string };
  const { out, runs, rounds, seconds, connections } = options;
  const report = {
    date: new Date().toISOString(),
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
    machine: {
      cores: cpus().length,
      processor: cpus()[0]?.model ?? 'unknown',
      memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    },
    versions: { 'meltano-graphql': version, node: process.version, ...versions },
    settings: { runs, rounds, seconds, connections },
    summary: lines,
    rounds: turns,
  };
  await mkdir(dirname(out), { recursive: true });
  await writeFile(`${out}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(`${out}.svg`, chartOf(lines, base));
  return [`${out}.json`, `${out}.svg`];
}
