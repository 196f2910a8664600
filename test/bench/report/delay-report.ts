import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** For how long the event loop was kept at most, and how long of that on a CPU, in milliseconds. */
interface Longest {
  largestMs: number;
  cpuMs: number;
}

/** As tables have it, such as `45 (30)`. */
export function msOf({ largestMs, cpuMs }: Longest): string {
  const [delay, cpu] = [largestMs, cpuMs].map((ms) => Math.round(ms).toLocaleString('en'));
  return `${delay} (${cpu})`;
}

/** The largest delays of the event loop under a request. */
export interface DelayLine {
  title: string;
  /** How much was sent. */
  size: string;
  embedded: Longest;
  server: Longest;
  answer: string;
  /** What took most of the longer time on a CPU. */
  cause: string;
}

/** A report of delays, as far as it is shown. */
export interface DelayReport {
  date: string;
  lines: DelayLine[];
}

/** Writes a report. @returns the name of its file */
export async function writeDelayReport(
  lines: readonly DelayLine[],
  rounds: number,
  out: string,
): Promise<string> {
  const report = {
    date: new Date().toISOString(),
    machine: { cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown' },
    node: process.version,
    rounds,
    lines,
  };
  await writeFile(`${out}.json`, `${JSON.stringify(report, null, 2)}\n`);
  return `${out}.json`;
}
