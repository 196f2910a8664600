import { fileURLToPath } from 'node:url';
import { count, main, text, words } from '../command.ts';

/** How the load of a benchmark is made. */
export interface LoadOptions {
  rounds: number;
  /** Seconds of a turn. */
  seconds: number;
  connections: number;
}

/** Flags of the benchmarks that send load to a seeded gateway, and report on it. */
export const loadFlags = ({ runs, out }: { runs: number; out: string }) => ({
  runs: count(runs, 'runs of the job that has most of them'),
  rounds: count(5, 'rounds, in each of which every server has its turn'),
  seconds: count(5, 'seconds of a turn'),
  connections: count(16, 'connections that send requests, each one after the other'),
  only: words('a,c', 'these operations alone'),
  main,
  out: reportPath(out),
});

/** Where a report goes, without the endings of its files. */
function reportPath(name: string) {
  const path = fileURLToPath(new URL(`../../.artifacts/${name}`, import.meta.url));
  const { value, says, read } = text(
    'PATH',
    `where the report (.json) and the chart (.svg) go (test/.artifacts/${name})`,
  );
  return { value, says, read: (given: string | undefined, flag: string) => read(given, flag) ?? path };
}

/** A fast look. */
export const quick = (runs: number): Record<string, readonly string[]> => ({
  quick: ['--runs', String(runs), '--rounds', '1', '--seconds', '1'],
});
